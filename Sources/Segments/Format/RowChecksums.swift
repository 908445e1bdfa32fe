import Model
import ObjectStore

/// What a segment says of a row's bytes.
package struct RowChecksums: Hashable, Sendable {
  /// What the row adds to the collection's checksum.
  package let record: UInt64
  /// CRC32C; nil without a document.
  package let document: UInt32?
  /// CRC32C of the components as little-endian f32.
  package let vector: UInt32

  package init(record: UInt64, document: UInt32?, vector: UInt32) {
    self.record = record
    self.document = document
    self.vector = vector
  }

  init(
    offset: UInt64, id: Text, uri: Text?, metadata: Metadata, document: UInt32?, vector: UInt32
  ) {
    self.init(
      record: RecordChecksum.of(
        offset: offset, id: id, uri: uri, metadata: metadata, document: document, vector: vector),
      document: document, vector: vector)
  }

  /// Of the components, as they are stored.
  static func checksum(of vector: [Float]) -> UInt32 {
    #if _endian(little)
      vector.withUnsafeBytes { CRC32C.checksum($0) }
    #else
      vector.map(\.bitPattern.littleEndian).withUnsafeBytes { CRC32C.checksum($0) }
    #endif
  }
}
