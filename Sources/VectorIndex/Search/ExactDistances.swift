package import Model

/// Exact distances of few rows.
package enum ExactDistances {
  /// The distances from a query to some rows, with the same bits as `ExactSearch` gives them.
  package static func from(
    _ query: [Float], to rows: [Int], of column: VectorColumn, distance: Distance
  ) -> [Float] {
    precondition(query.count == column.dimension)
    var queries = VectorColumn(dimension: column.dimension)
    queries.append(query)
    let operation: Kernels.Operation = distance == .l2 ? .squaredL2 : .dot
    return queries.withRows(0..<1) { query in
      rows.map { row in
        column.withRows(row..<row + 1) { rows in
          guard let a = query.components.baseAddress, let b = rows.components.baseAddress else {
            return 0
          }
          let result = Kernels.best.run(operation, a, b, count: column.dimension)
          let finish = DistanceFinish(
            distance: distance, dimension: column.dimension, rows: rows, query: query.components,
            inverseNorm: query.inverseNorms[0])
          return finish(result, at: 0)
        }
      }
    }
  }
}
