import CKernels
package import Model

/// An order of rows in which those that are near each other have their coarse codes side by side, and what the rows of each
/// block of these have in common. A query looks at the blocks first that are most like it, and not at those that are least.
/// What is in the bytes is described in docs/FORMAT.md.
package final class CodeOrder: Sendable {
  package let count: Int
  /// Of each position the row, u32.
  private let rows: ByteRegion
  /// Codes of the blocks' centres, with factors behind those of 64 of them.
  private let centres: CoarseBlocks

  private static let version: UInt32 = 1
  private static let headerBytes = 64

  /// Whether this version of Apus knows this kind of section. Codes in an order that is not known cannot be searched.
  package static func isKnown(_ section: ByteRegion) -> Bool {
    section.load(at: 0, as: UInt32.self) == version
  }

  /// Reads a section of a segment with so many rows.
  package init(_ section: ByteRegion, rowCount: Int, dimension: Int) throws(BinaryError) {
    let width = Rotation.width(of: dimension)
    guard Self.isKnown(section), width <= CodeColumn.widthMax else {
      throw BinaryError("an order of codes is of a kind that is not known")
    }
    let start = Self.centresStart(rows: rowCount)
    guard section.count == start + Self.centreBytes(rows: rowCount, width: width),
      section.load(at: 4, as: UInt32.self) == UInt32(rowCount),
      let rows = section.slice(Self.headerBytes..<Self.headerBytes + rowCount * 4),
      let centres = section.slice(start..<section.count)
    else { throw BinaryError("an order of codes has another size") }
    var seen = RowSet(count: rowCount, filledWith: false)
    let areAllOnce = rows.withBytes { bytes in
      (0..<rowCount).allSatisfy { position in
        let row = Int(Self.row(at: position, in: bytes))
        guard row < rowCount, !seen[row] else { return false }
        seen[row] = true
        return true
      }
    }
    guard areAllOnce else { throw BinaryError("an order of codes has not each row once") }
    count = rowCount
    self.rows = rows
    self.centres = CoarseBlocks(withFactors: centres, width: width)
  }

  private static func centresStart(rows: Int) -> Int {
    headerBytes + (rows * 4 + 63) / 64 * 64
  }

  private static func centreBytes(rows: Int, width: Int) -> Int {
    CoarseBlocks.count(rows: CoarseBlocks.count(rows: rows))
      * CoarseBlocks.bytesWithFactors(width: width)
  }

  /// The section: of each position the row, and the centres' codes.
  static func section(rows: [UInt32], centres: [UInt8]) -> [UInt8] {
    let start = centresStart(rows: rows.count)
    var writer = BinaryWriter(reservingCapacity: start + centres.count)
    writer.write(version)
    writer.write(UInt32(rows.count))
    writer.write(raw: repeatElement(0, count: headerBytes - writer.count))
    for row in rows { writer.write(row) }
    writer.write(raw: repeatElement(0, count: start - writer.count))
    writer.write(raw: centres)
    return writer.bytes
  }

  @inline(__always)
  private static func row(at position: Int, in bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position * 4, as: UInt32.self))
  }

  var blockCount: Int { CoarseBlocks.count(rows: count) }

  /// Of each row its position.
  package func positions() -> [UInt32] {
    var positions = [UInt32](repeating: 0, count: count)
    rows.withBytes { bytes in
      for position in 0..<count {
        positions[Int(Self.row(at: position, in: bytes))] = UInt32(position)
      }
    }
    return positions
  }

  /// Calls `body` with what tells of each position the row.
  func withRows<R>(_ body: (RowsOfPositions) -> R) -> R {
    rows.withBytes { body(RowsOfPositions(bytes: $0)) }
  }

  /// Writes how far the rows of each block are from a query by what they have in common: about the mean of their distances, of
  /// which nothing is known -infinity. The query must have been made ready for all components in columns. There must be room for
  /// `blockCount` rounded up to a multiple of 64.
  func estimate(
    _ query: CodeQuery, kernels: CodeKernels, into estimates: UnsafeMutableBufferPointer<Float>
  ) {
    let centreBlocks = CoarseBlocks.count(rows: blockCount)
    precondition(estimates.count >= centreBlocks * CoarseBlocks.rows)
    centres.withPlaces { places in
      query.table.withUnsafeBufferPointer { table in
        var scan = apus_coarse_scan(
          blocks: places.codes, factors: places.factors, block_stride: places.codeStride,
          factor_stride: places.factorStride, first_width: places.firstWidth, rests: nil,
          has_screens: false, screen: apus_coarse_screen(), block_count: centreBlocks, numbers: nil,
          is_followed: false, row_count: blockCount, width: query.residual.count, members: nil,
          table: table.baseAddress, is_product: query.isProduct, base: query.base,
          slope: query.slope, offset: query.offset, spread: 0, table_variance: 0, first_share: 1,
          first_offset: query.offset, has_glance: false, glance_share: 1, glance_offset: 0,
          threshold: .infinity, rows: nil, bounds: nil, later: nil,
          bounded: nil, opened: nil)
        kernels.table.estimate(&scan, estimates.baseAddress)
      }
    }
  }
}

/// Of each position of an order the row; valid only during a call.
struct RowsOfPositions {
  fileprivate let bytes: UnsafeRawBufferPointer

  @inline(__always)
  subscript(position: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position * 4, as: UInt32.self))
  }
}
