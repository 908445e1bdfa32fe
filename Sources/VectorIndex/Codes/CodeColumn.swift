import CKernels
package import Model

/// Coarse codes of rows, a bit per component, in blocks of 64 rows.
package struct CodeColumn: Sendable {
  package let basis: CodeBasis
  package let count: Int
  private let blocks: ByteRegion
  let blockBytes: Int
  /// Bytes of memory of its own: all of them where they had to be converted.
  package let ownBytes: Int

  package static let blockRows = 64

  /// How the codes in a section are laid out.
  package enum Layout: Sendable {
    case current
    /// Of the first version: in blocks of 32 rows. Reading them copies them.
    case halves

    var blockRows: Int { self == .current ? CodeColumn.blockRows : CodeColumn.blockRows / 2 }
  }

  /// Behind the header, blocks begin at a multiple of this.
  private static let alignment = 64
  private static let headerBytes = 16
  private static let widthMax = 1 << 20

  /// Reads a section of a segment with so many rows.
  package init(
    _ section: ByteRegion, layout: Layout = .current, rowCount: Int, dimension: Int
  ) throws(BinaryError) {
    let width = Rotation.width(of: dimension)
    let start = Self.blocksStart(dimension: dimension)
    blockBytes = apus_coarse_block_bytes(width)
    let storedCount = (rowCount + layout.blockRows - 1) / layout.blockRows
    let storedBytes = blockBytes / Self.blockRows * layout.blockRows
    guard let header = section.slice(0..<min(start, section.count)), header.count == start,
      width <= Self.widthMax, section.count == start + storedCount * storedBytes,
      let storedBlocks = section.slice(start..<section.count)
    else { throw BinaryError("codes have another size") }
    guard let kind: UInt32 = header.load(at: 0), kind <= 1 else {
      throw BinaryError("codes are of a kind that is not known")
    }
    guard let stored: UInt32 = header.load(at: 4), stored == UInt32(width),
      let seed: UInt64 = header.load(at: 8)
    else { throw BinaryError("codes have another width") }
    let centre = (0..<dimension).map { index in
      Float(bitPattern: header.load(at: Self.headerBytes + index * 4) ?? 0)
    }
    basis = CodeBasis(centre: centre, isUnit: kind == 1, seed: seed)
    count = rowCount
    guard layout == .halves else {
      (blocks, ownBytes) = (storedBlocks, 0)
      return
    }
    ownBytes = (storedCount + 1) / 2 * blockBytes
    blocks = ByteRegion(count: ownBytes) { converted in
      Self.convert(storedBlocks, count: storedCount, width: width, into: converted)
    }
  }

  /// Makes blocks of 64 rows of blocks of 32.
  static func convert(
    _ blocks: ByteRegion, count: Int, width: Int, into converted: UnsafeMutableRawBufferPointer
  ) {
    precondition(
      blocks.count == count * (apus_coarse_block_bytes(width) / 2)
        && converted.count == (count + 1) / 2 * apus_coarse_block_bytes(width))
    blocks.withBytes { blocks in
      apus_convert_coarse(
        blocks.bindMemory(to: UInt8.self).baseAddress, count, width,
        converted.bindMemory(to: UInt8.self).baseAddress)
    }
  }

  static func writeHeader(_ basis: CodeBasis, into writer: inout BinaryWriter) {
    writer.write(UInt32(basis.isUnit ? 1 : 0))
    writer.write(UInt32(basis.rotation.width))
    writer.write(basis.rotation.seed)
    writer.write(floats: basis.centre)
    let padding = blocksStart(dimension: basis.dimension) - writer.count
    writer.write(raw: repeatElement(0, count: padding))
  }

  private static func blocksStart(dimension: Int) -> Int {
    (headerBytes + dimension * 4 + alignment - 1) / alignment * alignment
  }

  /// Bytes of a section for so many rows.
  static func sectionBytes(rows: Int, dimension: Int, layout: Layout = .current) -> Int {
    let blocks = (rows + layout.blockRows - 1) / layout.blockRows
    let blockBytes = apus_coarse_block_bytes(Rotation.width(of: dimension))
    return blocksStart(dimension: dimension) + blocks * (blockBytes / blockRows * layout.blockRows)
  }

  /// Bytes of the fine codes that belong to so many rows of vectors.
  package static func fineBytes(rows: Int, dimension: Int) -> Int {
    rows * apus_fine_row_bytes(Rotation.width(of: dimension))
  }

  /// Calls `body` with all blocks.
  func withBlocks<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    blocks.withBytes { body($0.bindMemory(to: UInt8.self)) }
  }
}

/// Fine codes of some rows, a byte per component.
package struct FineCodes: Sendable {
  package let rows: Range<Int>
  private let bytes: ByteRegion
  private let rowBytes: Int

  /// The bytes of the rows' fine codes, as many as `CodeColumn.fineBytes` says.
  package init(_ bytes: ByteRegion, rows: Range<Int>, dimension: Int) {
    precondition(bytes.count == CodeColumn.fineBytes(rows: rows.count, dimension: dimension))
    self.rows = rows
    self.bytes = bytes
    rowBytes = apus_fine_row_bytes(Rotation.width(of: dimension))
  }

  func withRow<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    let start = (row - rows.lowerBound) * rowBytes
    return bytes.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<start + rowBytes])) }
  }

  /// Calls `body` with the codes of all rows.
  func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    bytes.withBytes { body($0.bindMemory(to: UInt8.self)) }
  }
}
