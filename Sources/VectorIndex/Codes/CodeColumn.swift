import CKernels
package import Model

/// Coarse codes of rows, and what they are relative to.
package final class CodeColumn: Sendable {
  package let basis: CodeBasis
  package let count: Int
  let blocks: CoarseBlocks
  /// The order that the rows have in the blocks; nil where it is their own.
  package let order: CodeOrder?
  /// Bytes of memory of its own: all of them where they had to be converted.
  package let ownBytes: Int

  package static let blockRows = CoarseBlocks.rows

  /// How they are laid out, up to where their factors are.
  package var layout: Layout { shape.layout }

  var shape: CoarseShape { CoarseShape(width: basis.rotation.width, firstWidth: blocks.firstWidth) }

  /// How the codes in a section are laid out.
  package enum Layout: Sendable {
    /// Of many wide vectors: how many components are in columns is said behind what screens are relative to.
    case withRests
    /// Of all others: all components are in the columns of blocks.
    case inColumns
    /// As they once were: so, with factors behind the codes of each block, and without screens.
    case withFactors
    /// Of the first version: so in blocks of 32 rows. Reading them copies them.
    case halves

    var blockRows: Int { self == .halves ? CodeColumn.blockRows / 2 : CodeColumn.blockRows }

    /// Bytes before a basis's centre.
    fileprivate var headerBytes: Int {
      switch self {
      case .withRests: CodeColumn.basisBytes + CoarseScreen.bytes + MemoryLayout<UInt32>.size
      case .inColumns: CodeColumn.basisBytes + CoarseScreen.bytes
      case .withFactors, .halves: CodeColumn.basisBytes
      }
    }

    /// Where so many components of a row are; sections with rests say it, at `start`.
    func shape(
      width: Int, in section: ByteRegion, at start: Int
    ) throws(BinaryError) -> CoarseShape {
      guard self == .withRests else { return CoarseShape(width: width, firstWidth: width) }
      guard let firstWidth: UInt32 = section.load(at: start),
        let shape = CoarseShape(width: width, stored: firstWidth)
      else { throw BinaryError("codes are of a shape that is not known") }
      return shape
    }

    /// Bytes of a block with all that belongs to it.
    func blockBytes(width: Int) -> Int {
      switch self {
      case .withRests, .inColumns: CoarseShape(width: width).allBytes
      case .withFactors: CoarseBlocks.bytesWithFactors(width: width)
      case .halves: CoarseBlocks.bytesWithFactors(width: width) / 2
      }
    }
  }

  /// Behind the header, blocks begin at a multiple of this.
  private static let alignment = 64
  private static let basisBytes = 16
  static let widthMax = 1 << 20

  /// Reads a section of a segment with so many rows. Where they are relative to a basis that is known, they have its
  /// memory in common.
  package init(
    _ section: ByteRegion, layout: Layout = .inColumns, rowCount: Int, dimension: Int,
    order: CodeOrder? = nil, knownBasis: CodeBasis? = nil
  ) throws(BinaryError) {
    precondition(order == nil || order?.count == rowCount)
    self.order = order
    let width = Rotation.width(of: dimension)
    let start = Self.blocksStart(dimension: dimension, layout: layout)
    guard let header = section.slice(0..<min(start, section.count)), header.count == start,
      width <= Self.widthMax,
      section.count == Self.sectionBytes(rows: rowCount, dimension: dimension, layout: layout),
      let stored = section.slice(start..<section.count)
    else { throw BinaryError("codes have another size") }
    guard let kind: UInt32 = header.load(at: 0), kind <= 1 else {
      throw BinaryError("codes are of a kind that is not known")
    }
    guard let storedWidth: UInt32 = header.load(at: 4), storedWidth == UInt32(width),
      let seed: UInt64 = header.load(at: 8)
    else { throw BinaryError("codes have another width") }
    let centre = (0..<dimension).map { index in
      Float(bitPattern: header.load(at: layout.headerBytes + index * 4) ?? 0)
    }
    let basis = CodeBasis(centre: centre, isUnit: kind == 1, seed: seed)
    self.basis = knownBasis.flatMap { CodeBasis.isSame($0, basis) ? $0 : nil } ?? basis
    count = rowCount
    switch layout {
    case .withRests, .inColumns:
      let screen = CoarseScreen(header, at: Self.basisBytes)
      let count = CoarseBlocks.count(rows: rowCount)
      let shape = try layout.shape(
        width: width, in: header, at: Self.basisBytes + CoarseScreen.bytes)
      guard let read = CoarseBlocks(stored, count: count, shape: shape, screen: screen) else {
        throw BinaryError("codes have another size")
      }
      blocks = read
      ownBytes = 0
    case .withFactors:
      blocks = CoarseBlocks(withFactors: stored, width: width)
      ownBytes = 0
    case .halves:
      let storedCount = (rowCount + layout.blockRows - 1) / layout.blockRows
      ownBytes = (storedCount + 1) / 2 * CoarseBlocks.bytesWithFactors(width: width)
      let converted = ByteRegion(count: ownBytes) { converted in
        Self.convert(stored, count: storedCount, width: width, into: converted)
      }
      blocks = CoarseBlocks(withFactors: converted, width: width)
    }
  }

  /// Makes blocks of 64 rows of blocks of 32, with factors behind the codes of each.
  static func convert(
    _ blocks: ByteRegion, count: Int, width: Int, into converted: UnsafeMutableRawBufferPointer
  ) {
    let blockBytes = CoarseBlocks.bytesWithFactors(width: width)
    precondition(
      blocks.count == count * (blockBytes / 2) && converted.count == (count + 1) / 2 * blockBytes)
    blocks.withBytes { blocks in
      apus_convert_coarse(
        blocks.bindMemory(to: UInt8.self).baseAddress, count, width,
        converted.bindMemory(to: UInt8.self).baseAddress)
    }
  }

  /// What a section begins with.
  static func writeHeader(
    _ basis: CodeBasis, _ shape: CoarseShape, _ screen: CoarseScreen?,
    into writer: inout BinaryWriter
  ) {
    writer.write(UInt32(basis.isUnit ? 1 : 0))
    writer.write(UInt32(basis.rotation.width))
    writer.write(basis.rotation.seed)
    CoarseScreen.write(screen, into: &writer)
    if shape.hasRests { writer.write(UInt32(shape.firstWidth)) }
    writer.write(floats: basis.centre)
    let start = blocksStart(dimension: basis.dimension, layout: shape.layout)
    writer.write(raw: repeatElement(0, count: start - writer.count))
  }

  private static func blocksStart(dimension: Int, layout: Layout) -> Int {
    (layout.headerBytes + dimension * 4 + alignment - 1) / alignment * alignment
  }

  /// Bytes of a section for so many rows.
  static func sectionBytes(rows: Int, dimension: Int, layout: Layout) -> Int {
    let blocks = (rows + layout.blockRows - 1) / layout.blockRows
    return blocksStart(dimension: dimension, layout: layout)
      + blocks * layout.blockBytes(width: Rotation.width(of: dimension))
  }

  /// Bytes of the fine codes that belong to so many rows of vectors.
  package static func fineBytes(rows: Int, dimension: Int) -> Int {
    rows * apus_fine_row_bytes(Rotation.width(of: dimension))
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
