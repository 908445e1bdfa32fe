import CKernels
import Model

/// Coarse codes of rows, a bit per component, in blocks of 64 rows, and the numbers per row that belong to them.
struct CoarseBlocks: Sendable {
  private let codes: ByteRegion
  private let factors: ByteRegion
  private let codeStride: Int
  private let factorStride: Int
  private let screen: CoarseScreen?

  static let rows = 64

  /// So many blocks with screens, if any, behind the codes of each, and then the factors of all; nil where the region has another
  /// size.
  init?(_ region: ByteRegion, count: Int, width: Int, screen: CoarseScreen?) {
    let codeBytes = count * Self.bytes(width: width)
    guard region.count == codeBytes + count * apus_factor_bytes(),
      let codes = region.slice(0..<codeBytes),
      let factors = region.slice(codeBytes..<region.count)
    else { return nil }
    self.codes = codes
    self.factors = factors
    codeStride = Self.bytes(width: width)
    factorStride = apus_factor_bytes()
    self.screen = screen
  }

  /// Blocks with factors behind their codes.
  init(withFactors blocks: ByteRegion, width: Int) {
    codes = blocks
    factors = blocks.slice(min(apus_coarse_bytes(width), blocks.count)..<blocks.count) ?? blocks
    codeStride = Self.bytesWithFactors(width: width)
    factorStride = codeStride
    screen = nil
  }

  /// Bytes of a block's codes and screens.
  static func bytes(width: Int) -> Int { apus_coarse_bytes(width) + apus_screen_bytes() }

  static func bytesWithFactors(width: Int) -> Int { apus_coarse_bytes(width) + apus_factor_bytes() }

  static func count(rows: Int) -> Int { (rows + Self.rows - 1) / Self.rows }

  /// Calls `body` with where the blocks are.
  func withPlaces<R>(_ body: (CoarsePlaces) -> R) -> R {
    codes.withBytes { codes in
      factors.withBytes { factors in
        body(
          CoarsePlaces(
            codes: codes.bindMemory(to: UInt8.self).baseAddress,
            factors: factors.bindMemory(to: UInt8.self).baseAddress, codeStride: codeStride,
            factorStride: factorStride, screen: screen))
      }
    }
  }
}

/// Where coarse codes are; valid only during a call.
struct CoarsePlaces {
  let codes: UnsafePointer<UInt8>?
  let factors: UnsafePointer<UInt8>?
  let codeStride: Int
  let factorStride: Int
  let screen: CoarseScreen?

  /// The codes and screens of a block, and its factors.
  func block(_ index: Int) -> (codes: UnsafePointer<UInt8>?, factors: UnsafePointer<UInt8>?) {
    (codes.map { $0 + index * codeStride }, factors.map { $0 + index * factorStride })
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
