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

  /// For example `{"format":1,"grace_ms":86400000}`.
  package func encode() -> [UInt8] {
    Array("{\"format\":\(format),\"grace_ms\":\(grace.wholeMilliseconds)}\n".utf8)
  }

  package static func decode(_ bytes: [UInt8], key: String) throws(EngineStartError) -> BucketHeader {
    var format: Int64?
    var grace: Int64?
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      try reader.beginObject()
      while let name = try reader.nextKey() {
        switch name.string {
        case "format": format = try reader.integer(in: 0...Int64.max, expected: "i64")
        case "grace_ms": grace = try reader.integer(in: 0...Int64.max, expected: "i64")
        default: try reader.skip()
        }
      }
      try reader.finish()
    } catch {
      throw EngineStartError("object \(key) is damaged: \(error.message)")
    }
    guard let format, let grace, grace > 0 else {
      throw EngineStartError("object \(key) is damaged: format or grace_ms is missing")
    }
    guard format <= formatNow else {
      throw EngineStartError(
        "object \(key) has format version \(format); this version of Apus knows \(formatNow): "
          + "use the newer version that wrote it")
    }
    return BucketHeader(format: Int(format), grace: .milliseconds(grace))
  }

  /// Reads the header, or creates it where there is none.
  static func agree(
    on store: any ObjectStore, prefix: String, grace: Duration?
  ) async throws -> BucketHeader {
    let key = key(prefix: prefix)
    let proposed = BucketHeader(grace: grace ?? EngineConfiguration.defaultGrace)
    for _ in 0..<2 {
      if case .found(let object) = try await store.get(key) {
        let header = try decode(object.body, key: key)
        if let grace, grace != header.grace {
          throw EngineStartError(
            "APUS_GRACE is \(grace.inSeconds) s, but this bucket's grace period is "
              + "\(header.grace.inSeconds) s (in \(key)), and all its servers must use the same: "
              + "remove APUS_GRACE or set it to \(header.grace.inSeconds)")
        }
        return header
      }
      if case .created = try await store.create(key, proposed.encode()) { return proposed }
    }
    throw ObjectStoreError(
      .storeFailed, "\(key) can neither be read nor created", mayHaveBeenApplied: true)
  }
}
