/// What one record adds to its collection's checksum: the sum over all live records, in any order, modulo 2^64.
package enum RecordChecksum {
  /// The term of one record. `document` is the CRC32C of the document's UTF-8, nil where there is none; `vector`
  /// that of the components as little-endian f32.
  package static func of(
    offset: UInt64, id: Text, uri: Text?, metadata: Metadata, document: UInt32?, vector: UInt32
  ) -> UInt64 {
    var writer = BinaryWriter(reservingCapacity: 256)
    writer.write(offset)
    writer.write(id)
    writer.write(optional: uri) { $0.write($1) }
    writer.write(optional: document) { $0.write($1) }
    writer.write(vector)
    metadata.encode(into: &writer)
    return writer.bytes.withUnsafeBytes { StableHash.of($0) }
  }
}
