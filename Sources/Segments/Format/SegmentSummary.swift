package import Model

/// What a manifest says of a segment: enough to open it with one ranged GET.
package struct SegmentSummary: Hashable, Sendable {
  package let id: UniqueID
  /// Bytes of the object.
  package let size: Int
  package let rowCount: Int
  /// Components per vector.
  package let dimension: Int
  /// Where the part begins that is always kept at hand; it ends with the object.
  package let hotOffset: Int
  /// CRC32C of the footer, in which the checksums of everything else are.
  package let footerChecksum: UInt32

  package init(
    id: UniqueID, size: Int, rowCount: Int, dimension: Int, hotOffset: Int, footerChecksum: UInt32
  ) {
    self.id = id
    self.size = size
    self.rowCount = rowCount
    self.dimension = dimension
    self.hotOffset = hotOffset
    self.footerChecksum = footerChecksum
  }

  /// Far beyond what a request can bring; with as many rows as there can be no product overflows.
  private static let dimensionMax = 1 << 28

  package func encode(into writer: inout BinaryWriter) {
    writer.write(id)
    writer.write(length: size)
    writer.write(length: rowCount)
    writer.write(length: dimension)
    writer.write(length: hotOffset)
    writer.write(footerChecksum)
  }

  package init(from reader: inout BinaryReader) throws(BinaryError) {
    id = try reader.readID()
    size = try reader.readLength(unit: 0)
    rowCount = try reader.readLength(unit: 0)
    dimension = try reader.readLength(unit: 0)
    hotOffset = try reader.readLength(unit: 0)
    footerChecksum = try reader.readInteger()
    guard (1...Self.dimensionMax).contains(dimension), hotOffset < size,
      rowCount <= Int(Int32.max)
    else {
      throw BinaryError("summary of segment \(id) contradicts itself")
    }
  }
}

/// A segment that was just built.
package struct BuiltSegment: Sendable {
  package let summary: SegmentSummary
  package let bytes: [UInt8]
}
