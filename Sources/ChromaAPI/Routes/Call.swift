import Engine
import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// A request that found its route.
struct Call: Sendable {
  /// The values of the route's parameters, decoded, in the order of the path.
  let parameters: [Text]
  /// What follows the question mark.
  let query: Substring
  let headers: HTTPFields
  let body: RequestBody
  /// What the body may take of the memory for all bodies.
  let memory: BodyShare
  /// How new the state must be from which a read is answered.
  let reading: ReadOptions

  var tenant: Text { parameters.first ?? "" }

  /// The tenant and the database of a path that has both.
  func database() throws(APIError) -> (tenant: Text, database: Text) {
    try APIError.checkDatabase(databaseName)
    return (tenant, databaseName)
  }

  /// The database's name, whatever it is.
  var databaseName: Text { parameters.dropFirst().first ?? "" }

  /// The part after tenant and database: a collection's name or id.
  var collection: Text { parameters.dropFirst(2).first ?? "" }

  /// The collection of a path that names it by id.
  func address() throws(APIError) -> CollectionAddress {
    let (tenant, database) = try database()
    guard let id = UniqueID(inAnyForm: collection.string) else {
      throw .invalid("Collection ID is not a valid UUIDv4")
    }
    return CollectionAddress(tenant: tenant, database: database, id: id)
  }

  /// The whole body, which must say that it is JSON or nothing about its type.
  ///
  /// Errors: 415; 413 beyond the limit; 503 when the bodies in flight leave no room; 408 when it comes too
  /// slowly. What is left of the body is not read here.
  func json(
    limit: Int = Limits.otherBodyBytesMax, ofAnyType: Bool = false
  ) async throws(APIError) -> [UInt8] {
    let announced = try checkHead(limit: limit, ofAnyType: ofAnyType)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(announced, Limits.bodyBytesReservedMax))
    try await read(into: &bytes, limit: limit)
    return bytes
  }

  /// What `decode` makes of the whole body, as `json` reads it, in memory that is kept for the next body: `decode` must
  /// keep none of it.
  func json<Value>(
    limit: Int, in buffers: BodyBuffers, _ decode: ([UInt8]) throws(APIError) -> Value
  ) async throws(APIError) -> Value {
    let announced = try checkHead(limit: limit)
    var bytes: [UInt8] = []
    defer { buffers.give(&bytes) }
    var taken = 0
    if let kept = buffers.take(announced), memory.take(kept.capacity) {
      // Memory in use, whether anything comes or not.
      taken = kept.capacity
      bytes = kept
    } else {
      bytes.reserveCapacity(min(announced, Limits.bodyBytesReservedMax))
    }
    try await read(into: &bytes, limit: limit, taken: taken)
    return try decode(bytes)
  }

  /// - Returns: The bytes that the body will have, as far as its head tells.
  private func checkHead(limit: Int, ofAnyType: Bool = false) throws(APIError) -> Int {
    guard ofAnyType || isJSON(headers[values: .contentType].first) else {
      throw APIError(
        status: .unsupportedMediaType,
        message: "Expected request with `Content-Type: application/json`")
    }
    let announced = headers[.contentLength].flatMap { Int($0) } ?? 0
    guard announced <= limit else { throw .bodyTooLarge }
    guard memory.hasRoom(for: announced) else { throw .tooManyBodies }
    return max(0, announced)
  }

  /// So many bytes of what it takes of the memory were taken already.
  private func read(
    into bytes: inout [UInt8], limit: Int, taken: Int = 0
  ) async throws(APIError) {
    var taken = taken
    let start = ContinuousClock.now
    do {
      for try await part in body {
        guard part.readableBytes <= limit - bytes.count else { throw APIError.bodyTooLarge }
        let more = max(0, bytes.count + part.readableBytes - taken)
        guard memory.take(more) else { throw APIError.tooManyBodies }
        taken += more
        let secondsMax = Limits.bodySecondsMax + bytes.count / Limits.bodyBytesPerSecondMin
        guard start.duration(to: .now) <= .seconds(secondsMax) else { throw APIError.bodyTooSlow }
        part.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
      }
    } catch {
      throw error as? APIError ?? .invalid("Failed to buffer the request body: \(error)")
    }
  }
}

extension APIError {
  fileprivate static let bodyTooLarge = APIError(
    status: .contentTooLarge,
    message: "Failed to buffer the request body: length limit exceeded")
  fileprivate static let tooManyBodies = APIError(
    status: .serviceUnavailable,
    message: "overloaded: the bodies of other requests take all memory for bodies; not applied",
    retryAfter: 1)
  fileprivate static let bodyTooSlow = APIError(
    status: .requestTimeout,
    message: "Failed to buffer the request body: it comes too slowly")
}

/// `application/json` or `application/...+json`, whatever parameters follow.
private func isJSON(_ contentType: String?) -> Bool {
  guard let contentType, contentType != "application/json" else { return true }
  let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
  guard type.hasPrefix("application/") else { return false }
  return type == "application/json" || type.hasSuffix("+json")
}
