import Crypto

/// SHA-256 over the whole object of a log entry, its checksum included.
package struct LogHash: Hashable, Sendable {
  /// 32 bytes.
  package let bytes: [UInt8]

  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  package init(ofObject object: [UInt8]) {
    bytes = Array(SHA256.hash(data: object))
  }

  private init(zeros: Void) { bytes = [UInt8](repeating: 0, count: 32) }

  /// What the first entry of a log names as the entry before it.
  package static let start = LogHash(zeros: ())
}
