import JSON
import Model
import ObjectStore

/// `apus.json`: what every server on a bucket must agree on. Created once, by whoever comes first.
package struct BucketHeader: Hashable, Sendable {
  /// The format that this version of Apus reads and writes.
  package static let formatNow = 1

  /// Lowest format version that a server must know to use the bucket (S9).
  package var format: Int
  /// G of rule S4.
  package var grace: Duration

  package init(format: Int = formatNow, grace: Duration) {
    self.format = format
    self.grace = grace
  }

  static func key(prefix: String) -> String { "\(prefix)apus.json" }

  /// For example `{"format":1,"grace_ms":86400000,"crc32c":3735928559}`; the checksum is that of the text
  /// `1 86400000`.
  package func encode() -> [UInt8] {
    let grace = grace.wholeMilliseconds
    return Array("{\"format\":\(format),\"grace_ms\":\(grace),\"crc32c\":\(checksum)}\n".utf8)
  }

  private var checksum: UInt32 {
    CRC32C.checksum(Array("\(format) \(grace.wholeMilliseconds)".utf8))
  }

  /// - Throws: `EngineStartError`, also for a format that this version does not know.
  package static func decode(
    _ bytes: [UInt8], key: String
  ) throws(EngineStartError) -> BucketHeader {
    var format: Int64?
    var grace: Int64?
    var checksum: Int64?
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      try reader.beginObject()
      while let name = try reader.nextKey() {
        switch name.string {
        case "format": format = try reader.integer(in: 0...Int64.max, expected: "i64")
        case "grace_ms": grace = try reader.integer(in: 0...Int64.max, expected: "i64")
        case "crc32c": checksum = try reader.integer(in: 0...Int64.max, expected: "i64")
        default: try reader.skip()
        }
      }
      try reader.finish()
    } catch {
      throw EngineStartError("object \(key) is damaged: \(error.message)")
    }
    guard let format, let grace, let checksum, grace > 0 else {
      throw EngineStartError("object \(key) is damaged: format, grace_ms or crc32c is missing")
    }
    let header = BucketHeader(format: Int(format), grace: .milliseconds(grace))
    guard checksum == Int64(header.checksum) else {
      throw EngineStartError("object \(key) is damaged: its checksum does not match")
    }
    guard format <= formatNow else {
      throw EngineStartError(
        "object \(key) has format version \(format); this version of Apus knows \(formatNow): "
          + "use the newer version that wrote it")
    }
    return header
  }

  /// The bucket's header; nil where nobody has created it yet.
  static func find(
    on store: any ObjectStore, prefix: String, grace: Duration?
  ) async throws -> BucketHeader? {
    let key = key(prefix: prefix)
    // Damage on the way from the store is not damage in the store.
    var readingsLeft = 3
    while true {
      guard case .found(let object) = try await store.get(key) else { return nil }
      let header: BucketHeader
      do throws(EngineStartError) {
        header = try decode(object.body, key: key)
      } catch {
        readingsLeft -= 1
        guard readingsLeft > 0 else { throw error }
        continue
      }
      if let grace, grace != header.grace {
        throw EngineStartError(
          "APUS_GRACE is \(grace.inSeconds) s, but this bucket's grace period is "
            + "\(header.grace.inSeconds) s (in \(key)), and all its servers must use the same: "
            + "remove APUS_GRACE or set it to \(header.grace.inSeconds)")
      }
      return header
    }
  }

  /// Reads the header, or creates it where there is none.
  static func agree(
    on store: any ObjectStore, prefix: String, grace: Duration?
  ) async throws -> BucketHeader {
    let key = key(prefix: prefix)
    let proposed = BucketHeader(grace: grace ?? EngineConfiguration.defaultGrace)
    for _ in 0..<2 {
      if let header = try await find(on: store, prefix: prefix, grace: grace) { return header }
      if case .created = try await store.create(key, proposed.encode()) { return proposed }
    }
    throw ObjectStoreError(
      .storeFailed, "\(key) can neither be read nor created", mayHaveBeenApplied: true)
  }
}
