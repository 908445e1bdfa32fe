import CKernels

/// A fixed random rotation of vectors, which spreads what they are about evenly over all components: random signs and
/// Walsh-Hadamard transforms, four times (the "FHT-Kac" rotation of RaBitQ's library). Nothing need be stored for it
/// but a seed.
struct Rotation: Sendable {
  let seed: UInt64
  /// Components of a rotated vector: as many as given, and zeros up to a multiple of 64.
  let width: Int
  /// 4 * width numbers, 1 or -1.
  private let signs: [Float]

  private static let rounds = 4

  init(dimension: Int, seed: UInt64) {
    self.seed = seed
    width = Self.width(of: dimension)
    // Part of the format: codes that were made with a seed are read with the same signs.
    var numbers = SplitMix64(seed: seed)
    var bits: UInt64 = 0
    signs = (0..<Self.rounds * width).map { index in
      if index % 64 == 0 { bits = numbers.next() }
      return bits >> UInt64(index % 64) & 1 == 0 ? 1 : -1
    }
  }

  static func width(of dimension: Int) -> Int { (dimension + 63) / 64 * 64 }

  /// Rotates in place; the buffer has `width` components.
  func apply(to vector: UnsafeMutableBufferPointer<Float>, kernels: CodeKernels) {
    precondition(vector.count == width)
    signs.withUnsafeBufferPointer { signs in
      kernels.table.rotate(vector.baseAddress, signs.baseAddress, width)
    }
  }
}
