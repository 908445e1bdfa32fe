/// What the f32 kernels cannot do because a sum leaves the range of f32: the same in f64, slowly.
enum VectorMath {
  /// Between these, a sum of squares in f32 has lost nothing to overflow or underflow.
  private static let safeSquares: ClosedRange<Float> = 1e-24...1e36

  /// Chroma adds this to every norm.
  private static let smallest = 1e-32

  /// The inverse norm of the zero vector, and of every vector so short that it counts as zero.
  static let inverseNormOfZero: Float = 1e32

  /// 1 / (|a| + 1e-32), as Chroma has it: the zero vector is at cosine distance 1 from everything.
  static func inverseNorm(_ a: UnsafePointer<Float>, dimension: Int) -> Float {
    let squares = Kernels.best.dot(a, a, count: dimension)
    let exact = safeSquares.contains(squares) ? Double(squares) : dot(a, a, dimension: dimension)
    return Float(1 / (exact.squareRoot() + smallest))
  }

  /// The squared length.
  static func square(_ vector: UnsafeBufferPointer<Float>) -> Float {
    guard let start = vector.baseAddress else { return 0 }
    return Kernels.best.dot(start, start, count: vector.count)
  }

  /// Adds a vector to the components of another from `start` on.
  static func add(_ vector: [Float], to sums: inout [Float], at start: Int = 0) {
    precondition(start >= 0 && start + vector.count <= sums.count)
    vector.withUnsafeBufferPointer { vector in
      sums.withUnsafeMutableBufferPointer { sums in
        for i in 0..<vector.count { sums[start &+ i] += vector[i] }
      }
    }
  }

  /// The dot product in f64, which finite f32 components cannot overflow.
  static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, dimension: Int
  ) -> Double {
    var sum = 0.0
    for i in 0..<dimension { sum += Double(a[i]) * Double(b[i]) }
    return sum
  }

  /// The cosine distance in f64, with the same small number added to the norms.
  static func cosine(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, dimension: Int
  ) -> Float {
    let normA = dot(a, a, dimension: dimension).squareRoot() + smallest
    let normB = dot(b, b, dimension: dimension).squareRoot() + smallest
    return Float(1 - dot(a, b, dimension: dimension) / (normA * normB))
  }
}

/// What is stored beside a vector for cosine distances.
package enum InverseNorm {
  /// 1 / (|a| + 1e-32), as `VectorColumn` has it.
  package static func of(_ vector: UnsafeBufferPointer<Float>) -> Float {
    guard let start = vector.baseAddress else { return VectorMath.inverseNormOfZero }
    return VectorMath.inverseNorm(start, dimension: vector.count)
  }
}
