import Model

/// Makes distances of what the kernels computed for one query and some rows. Never NaN.
struct DistanceFinish {
  let distance: Distance
  let dimension: Int
  let rows: VectorColumn.Rows
  let query: UnsafeBufferPointer<Float>
  /// The query's.
  let inverseNorm: Float

  /// Outside of these, the product of two inverse norms or the dot product in f32 may have lost digits.
  private static let safeScales: ClosedRange<Float> = 1e-34...1e24

  /// The distance to the row at `offset`, from the squared l2 distance or the dot product in f32.
  @inline(__always)
  func callAsFunction(_ result: Float, at offset: Int) -> Float {
    switch distance {
    case .l2:
      // A sum of squares may be infinite, but not NaN.
      return result
    case .innerProduct:
      return result.isFinite ? 1 - result : exactInnerProduct(at: offset)
    case .cosine:
      let scale = inverseNorm * rows.inverseNorms[offset]
      return Self.safeScales.contains(scale) ? 1 - result * scale : exactCosine(at: offset)
    }
  }

  @inline(never)
  private func exactInnerProduct(at offset: Int) -> Float {
    withVectors(at: offset) { Float(1 - VectorMath.dot($0, $1, dimension: dimension)) }
  }

  @inline(never)
  private func exactCosine(at offset: Int) -> Float {
    let shortest = max(inverseNorm, rows.inverseNorms[offset])
    guard shortest < VectorMath.inverseNormOfZero else { return 1 }
    return withVectors(at: offset) { VectorMath.cosine($0, $1, dimension: dimension) }
  }

  private func withVectors(
    at offset: Int, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Float
  ) -> Float {
    guard let query = query.baseAddress, let rows = rows.components.baseAddress else { return 1 }
    return body(query, rows + offset * dimension)
  }
}
