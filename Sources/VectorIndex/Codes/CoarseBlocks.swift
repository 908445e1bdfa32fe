import CKernels
import Model

/// Coarse codes of rows, a bit per component, in blocks of 64 rows, and the numbers per row that belong to them.
///
/// Of wide vectors the first components are in the columns of blocks, which each search reads, and the others in the rows'
/// rests, which are read of the few rows that may be near by the first ones.
struct CoarseBlocks: Sendable {
  private let codes: ByteRegion
  /// Nil where all components are in columns.
  private let rests: ByteRegion?
  private let factors: ByteRegion
  private let codeStride: Int
  private let factorStride: Int
  /// The components in columns.
  let firstWidth: Int
  private let screen: CoarseScreen?

  static let rows = 64

  /// So many blocks with screens, if any, behind the codes of each, then the rests of all rows, and then the factors of all; nil where the
  /// region has another size.
  init?(_ region: ByteRegion, count: Int, shape: CoarseShape, screen: CoarseScreen?) {
    let restsStart = count * shape.blockBytes
    let factorsStart = restsStart + count * shape.restBytes
    guard region.count == factorsStart + count * apus_factor_bytes(),
      let codes = region.slice(0..<restsStart),
      let rests = region.slice(restsStart..<factorsStart),
      let factors = region.slice(factorsStart..<region.count)
    else { return nil }
    self.codes = codes
    self.rests = shape.hasRests ? rests : nil
    self.factors = factors
    codeStride = shape.blockBytes
    factorStride = apus_factor_bytes()
    firstWidth = shape.firstWidth
    self.screen = screen
  }

  /// Blocks with all components in columns, and with factors behind their codes.
  init(withFactors blocks: ByteRegion, width: Int) {
    codes = blocks
    rests = nil
    factors = blocks.slice(min(apus_coarse_bytes(width), blocks.count)..<blocks.count) ?? blocks
    codeStride = Self.bytesWithFactors(width: width)
    factorStride = codeStride
    firstWidth = width
    screen = nil
  }

  static func bytesWithFactors(width: Int) -> Int { apus_coarse_bytes(width) + apus_factor_bytes() }

  static func count(rows: Int) -> Int { (rows + Self.rows - 1) / Self.rows }

  /// Calls `body` with where the blocks are.
  func withPlaces<R>(_ body: (CoarsePlaces) -> R) -> R {
    codes.withBytes { codes in
      factors.withBytes { factors in
        func call(_ rests: UnsafePointer<UInt8>?) -> R {
          body(
            CoarsePlaces(
              codes: codes.bindMemory(to: UInt8.self).baseAddress, rests: rests,
              factors: factors.bindMemory(to: UInt8.self).baseAddress, codeStride: codeStride,
              factorStride: factorStride, firstWidth: firstWidth, screen: screen))
        }
        guard let rests else { return call(nil) }
        return rests.withBytes { call($0.bindMemory(to: UInt8.self).baseAddress) }
      }
    }
  }
}

/// Where the components of rows with so many are, and how many bytes that takes.
struct CoarseShape: Hashable, Sendable {
  let width: Int
  /// The components in columns.
  let firstWidth: Int

  /// All are in columns.
  init(width: Int) { self.init(width: width, firstWidth: width) }

  /// The others are in the rows' rests; nil where that gains nothing.
  init?(withRests width: Int) {
    let firstWidth = apus_first_width(width)
    guard firstWidth < width else { return nil }
    self.init(width: width, firstWidth: firstWidth)
  }

  /// As a section with rests says it; nil where it cannot be.
  init?(width: Int, stored firstWidth: UInt32) {
    guard firstWidth > 0, Int(firstWidth) < width, firstWidth.isMultiple(of: 64),
      (width - Int(firstWidth)).isMultiple(of: APUS_REST_COMPONENTS),
      width <= APUS_RESTS_WIDTH_MAX
    else { return nil }
    self.init(width: width, firstWidth: Int(firstWidth))
  }

  init(width: Int, firstWidth: Int) { (self.width, self.firstWidth) = (width, firstWidth) }

  var hasRests: Bool { firstWidth < width }
  var layout: CodeColumn.Layout { hasRests ? .withRests : .inColumns }
  /// Bytes of a block's codes and screens.
  var blockBytes: Int { apus_coarse_bytes(firstWidth) + apus_screen_bytes() }
  /// Bytes of the rests of a block's rows.
  var restBytes: Int { apus_rest_bytes(firstWidth, width) }

  /// The row of a block and of the rests of its rows.
  func row(
    _ slot: Int, of block: UnsafePointer<UInt8>, _ rests: UnsafePointer<UInt8>?
  ) -> apus_coarse_row {
    apus_coarse_row(
      block: block, rest: rests.map { $0 + slot * (restBytes / CoarseBlocks.rows) }, slot: slot,
      first_width: firstWidth)
  }

  /// Makes blocks of this shape, so many, of those with all components in columns, and the rests of their rows.
  func split(
    _ columns: UnsafeBufferPointer<UInt8>, count: Int, to blocks: UnsafeMutableRawBufferPointer,
    rests: UnsafeMutableRawBufferPointer
  ) {
    let columnBytes = CoarseShape(width: width).blockBytes
    precondition(
      columns.count == count * columnBytes && blocks.count == count * blockBytes
        && rests.count == count * restBytes)
    guard let from = columns.baseAddress,
      let to = blocks.bindMemory(to: UInt8.self).baseAddress
    else { return }
    // Where there are none nothing is written.
    let rests = rests.bindMemory(to: UInt8.self).baseAddress ?? to
    for block in 0..<count {
      apus_split_block(
        from + block * columnBytes, width, firstWidth, to + block * blockBytes,
        rests + block * restBytes)
    }
  }

  /// The same: blocks, and behind them the rests.
  func blocks(of columns: UnsafeBufferPointer<UInt8>, count: Int) -> [UInt8] {
    let restsStart = count * blockBytes
    let bytes = restsStart + count * restBytes
    return [UInt8](unsafeUninitializedCapacity: bytes) { made, initialized in
      let made = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(made)[..<bytes])
      split(
        columns, count: count, to: UnsafeMutableRawBufferPointer(rebasing: made[..<restsStart]),
        rests: UnsafeMutableRawBufferPointer(rebasing: made[restsStart...]))
      initialized = bytes
    }
  }

  /// Bytes of a block with all that belongs to it, wherever the components are.
  var allBytes: Int { blockBytes + restBytes + apus_factor_bytes() }
}

/// Where coarse codes are; valid only during a call.
struct CoarsePlaces {
  let codes: UnsafePointer<UInt8>?
  let rests: UnsafePointer<UInt8>?
  let factors: UnsafePointer<UInt8>?
  let codeStride: Int
  let factorStride: Int
  let firstWidth: Int
  let screen: CoarseScreen?

  /// The codes and screens of a block.
  func codes(of block: Int) -> UnsafePointer<UInt8>? { codes.map { $0 + block * codeStride } }

  /// The rests of the rows of a block, of so many components in all.
  func rests(of block: Int, width: Int) -> UnsafePointer<UInt8>? {
    rests.map { $0 + block * apus_rest_bytes(firstWidth, width) }
  }

  func factors(of block: Int) -> UnsafePointer<UInt8>? {
    factors.map { $0 + block * factorStride }
  }
}

/// What the screens of rows are relative to: these tell with a few bits which rows' factors need not be looked at.
struct CoarseScreen: Sendable {
  /// Whether they are for products or for squared distances.
  let isProduct: Bool
  let terms: apus_coarse_screen

  private static let none: UInt32 = 0
  private static let squares: UInt32 = 1
  private static let products: UInt32 = 2
  static let bytes = 28

  static func write(_ screen: CoarseScreen?, into writer: inout BinaryWriter) {
    writer.write(screen.map { $0.isProduct ? products : squares } ?? none)
    let terms = screen?.terms ?? apus_coarse_screen()
    writer.write(floats: [
      terms.a_middle, terms.a_step, terms.b_middle, terms.b_step, terms.e_least, terms.e_step,
    ])
  }

  /// Nil where there are none, or of a kind that is not known.
  init?(_ region: ByteRegion, at start: Int) {
    func number(_ index: Int) -> Float {
      Float(bitPattern: region.load(at: start + 4 + index * 4) ?? 0)
    }
    guard let kind: UInt32 = region.load(at: start), kind == Self.squares || kind == Self.products
    else { return nil }
    isProduct = kind == Self.products
    terms = apus_coarse_screen(
      a_middle: number(0), a_step: number(1), b_middle: number(2), b_step: number(3),
      e_least: number(4), e_step: number(5))
  }

  init(isProduct: Bool, terms: apus_coarse_screen) {
    self.isProduct = isProduct
    self.terms = terms
  }
}
