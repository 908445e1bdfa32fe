package import Model

/// Exact distances, one at a time.
package enum ExactDistances {
  /// The distance between two vectors of one dimension, with the same bits as `ExactSearch` gives it.
  package static func from(_ query: [Float], to row: [Float], distance: Distance) -> Float {
    query.withUnsafeBufferPointer { query in
      row.withUnsafeBufferPointer { row in from(query, to: row, distance: distance) }
    }
  }

  /// The same of components in place.
  package static func from(
    _ query: UnsafeBufferPointer<Float>, to row: UnsafeBufferPointer<Float>, distance: Distance
  ) -> Float {
    precondition(query.count == row.count)
    guard let a = query.baseAddress, let b = row.baseAddress else { return 0 }
    let result = Kernels.best.run(
      distance == .l2 ? .squaredL2 : .dot, a, b, count: query.count)
    let isCosine = distance == .cosine
    return withUnsafePointer(to: isCosine ? InverseNorm.of(row) : 0) { inverseNorm in
      let finish = DistanceFinish(
        distance: distance, dimension: query.count,
        rows: VectorColumn.Rows(
          components: row, inverseNorms: UnsafeBufferPointer(start: inverseNorm, count: 1)),
        query: query, inverseNorm: isCosine ? InverseNorm.of(query) : 0)
      return finish(result, at: 0)
    }
  }
}
