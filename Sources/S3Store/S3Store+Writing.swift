import NIOHTTP1
package import ObjectStore

extension S3Store: ObjectStore {
  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    var request = request("create", .PUT, key: key, changes: true)
    request.headers = Self.bodyHeaders(body) + [("if-none-match", "*")]
    request.body = body[...]
    let answer = try await send(request)
    switch answer.status {
    case 200..<300: return .created(date: answer.date)
    case 412: return .exists(date: answer.date)
    // A conflict (409) says nothing about an attempt of one's own that may be under way: an error.
    default: throw failure(request, answer)
    }
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    if body.count > configuration.limits.singlePutBytesMax {
      return try await putInParts(key, body)
    }
    var request = request("put", .PUT, key: key, changes: true)
    request.headers = Self.bodyHeaders(body)
    request.body = body[...]
    return try await succeeding(request).date
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    let request = request("delete", .DELETE, key: key, changes: true)
    let answer = try await send(request)
    switch answer.status {
    case 200..<300: return answer.date
    // S3 answers 204 here, too.
    case 404 where S3ErrorBody(answer).code == "NoSuchKey": return answer.date
    default: throw failure(request, answer)
    }
  }

  /// Sends a request that must be answered with success.
  func succeeding(_ request: S3Request) async throws(ObjectStoreError) -> S3Answer {
    let answer = try await send(request)
    guard (200..<300).contains(answer.status) else { throw failure(request, answer) }
    return answer
  }

  private static func bodyHeaders(_ body: [UInt8]) -> [(name: String, value: String)] {
    [
      ("content-type", "application/octet-stream"),
      ("x-amz-checksum-crc32c", base64(CRC32C.checksum(body))),
    ]
  }
}
