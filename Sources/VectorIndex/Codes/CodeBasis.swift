package import Model

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What codes are relative to. Codes of the same basis can be copied from one segment to another, and a query is made
/// ready for it once.
package struct CodeBasis: Sendable {
  /// Components of a vector, without those that the rotation adds.
  package let dimension: Int
  /// Whether it is the vectors at length 1 that are encoded: so for the cosine distance, and for no other.
  package let isUnit: Bool
  /// Codes are of what is left of a vector without this.
  package let centre: [Float]
  let rotation: Rotation

  /// All segments have this one, so that a query is rotated once, and codes can be copied when segments are merged.
  static let seed: UInt64 = 0x4150_5553_0000_0001

  package init(centre: [Float], isUnit: Bool, seed: UInt64? = nil) {
    dimension = centre.count
    self.isUnit = isUnit
    self.centre = centre
    rotation = Rotation(dimension: centre.count, seed: seed ?? Self.seed)
  }

  /// A basis for vectors of which the sample was taken evenly: one of the known, which others have, where it does
  /// about as well as a new one.
  package static func fitting(
    _ sample: VectorColumn, distance: Distance, among known: [CodeBasis] = []
  ) -> CodeBasis {
    let isUnit = distance == .cosine
    let dimension = sample.dimension
    var sums = [Double](repeating: 0, count: dimension)
    var squares = 0.0
    var vector = [Float](repeating: 0, count: dimension)
    var count = 0.0
    for row in 0..<sample.count {
      let isKnown = sample.withRow(row) { components in
        vector.withUnsafeMutableBufferPointer {
          encodable(components, isUnit: isUnit, into: $0)
        }
      }
      guard isKnown else { continue }
      count += 1
      for i in 0..<dimension {
        sums[i] += Double(vector[i])
        squares += Double(vector[i]) * Double(vector[i])
      }
    }
    let mean = sums.map { $0 / max(count, 1) }
    let meanSquare = mean.reduce(0) { $0 + $1 * $1 }
    let spread = max(squares / max(count, 1) - meanSquare, 0)
    for basis in known where basis.isUnit == isUnit && basis.dimension == dimension {
      guard basis.rotation.seed == seed else { continue }
      let away = zip(basis.centre, mean).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - pair.1
        return sum + difference * difference
      }
      if away <= distanceShareMax * spread { return basis }
    }
    return CodeBasis(centre: mean.map { Float($0) }, isUnit: isUnit)
  }

  /// A centre may be this share of the mean squared distance to the mean away from it: the bounds are then wider by
  /// the square root of 1 + this.
  private static let distanceShareMax = 0.1

  /// Whether distances of this kind can be told from the codes.
  package func suits(_ distance: Distance) -> Bool { isUnit == (distance == .cosine) }

  package static func isSame(_ a: CodeBasis, _ b: CodeBasis) -> Bool {
    guard a.isUnit == b.isUnit, a.rotation.seed == b.rotation.seed,
      a.centre.count == b.centre.count
    else { return false }
    return a.centre.withUnsafeBytes { a in
      b.centre.withUnsafeBytes { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return true }
        // Most have the same memory.
        return first == second || memcmp(first, second, a.count) == 0
      }
    }
  }

  /// Inverse norms outside of these have lost digits.
  private static let safeInverseNorms: ClosedRange<Float> = 1e-30...1e30

  /// The vector as it is encoded.
  /// - Returns: False where nothing can be said of it; then the result has no meaning.
  static func encodable(
    _ vector: UnsafeBufferPointer<Float>, isUnit: Bool,
    into result: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard isUnit else {
      _ = result.update(fromContentsOf: vector)
      return true
    }
    let inverse = InverseNorm.of(vector)
    if inverse >= VectorMath.inverseNormOfZero {
      result.update(repeating: 0)
      return true
    }
    for i in 0..<vector.count { result[i] = vector[i] * inverse }
    return safeInverseNorms.contains(inverse)
  }

  /// The vector's residual, rotated, and its product with the centre. The buffer has `rotation.width` components.
  /// - Returns: Nil where nothing can be said of the vector; then the residual has no meaning.
  func residual(
    of vector: UnsafeBufferPointer<Float>, into residual: UnsafeMutableBufferPointer<Float>,
    kernels: CodeKernels
  ) -> Float? {
    let given = UnsafeMutableBufferPointer(rebasing: residual[..<dimension])
    let isKnown = Self.encodable(vector, isUnit: isUnit, into: given)
    var shift = 0.0
    centre.withUnsafeBufferPointer { centre in
      for i in 0..<dimension {
        given[i] -= centre[i]
        shift += Double(given[i]) * Double(centre[i])
      }
    }
    residual[dimension...].update(repeating: 0)
    guard isKnown else { return nil }
    rotation.apply(to: residual, kernels: kernels)
    return Float(shift)
  }
}
