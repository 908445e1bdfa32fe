package import Model

/// Looks at every row: the answer is exact up to the rounding of f32 sums, and has the same bits for the
/// same query and rows on the same kind of processor, whatever other queries it is asked with.
package enum ExactSearch {
  /// About a millisecond's work in components read, after which others get their turn on the thread.
  private static let pieceComponents = 4 << 20
  /// What a row costs beside its components, in components.
  private static let rowOverhead = 16

  /// For each query the `count` nearest of the rows, fewer only if there are fewer; ascending by
  /// distance, equal distances ascending by row.
  ///
  /// Each query must have the column's dimension, and finite components. Distances may be infinite where
  /// they leave the range of f32, but are never NaN. Rows of the set beyond the column's are ignored.
  /// All queries share one pass over the memory.
  ///
  /// - Parameters:
  ///   - queries: One vector each.
  ///   - column: A snapshot of the vectors.
  ///   - rows: The rows that may be in the answer; nil for all.
  ///   - count: How many neighbours are wanted; may exceed the number of rows at no cost.
  ///   - distance: How to measure.
  ///   - kernels: For tests.
  /// - Returns: A list per query, in order.
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package static func nearest(
    to queries: [[Float]], in column: VectorColumn, rows: RowSet?, count: Int, distance: Distance,
    kernels: Kernels = .best
  ) async throws(CancellationError) -> [[Neighbour]] {
    // Row numbers are 32 bits in the lists and kernels.
    precondition(column.count <= Int(UInt32.max))
    let candidates = min(column.count, rows?.memberCount ?? column.count)
    let kept = min(max(count, 0), candidates)
    guard kept > 0, !queries.isEmpty else { return queries.map { _ in [] } }

    var queryColumn = VectorColumn(dimension: column.dimension)
    for query in queries {
      precondition(query.count == column.dimension)
      queryColumn.append(query)
    }
    var scan = ExactScan(
      column: column, queries: queryColumn, distance: distance, kept: kept, kernels: kernels)
    try await run(&scan, rows: rows)
    return scan.sorted()
  }

  private static func run(
    _ scan: inout ExactScan, rows: RowSet?
  ) async throws(CancellationError) {
    let rowsPerBlock = ExactScan.rowsPerBlock(of: scan.column)
    let rowCount = min(scan.column.count, rows?.count ?? .max)
    var work = 0
    for start in stride(from: 0, to: rowCount, by: rowsPerBlock) {
      let block = start..<min(start + rowsPerBlock, scan.column.count)
      let selected = scan.select(rows, in: block)
      guard selected > 0 else { continue }
      for first in stride(from: 0, to: scan.queries.count, by: ExactScan.groupMax) {
        let group = first..<min(first + ExactScan.groupMax, scan.queries.count)
        scan.scan(block, for: group)
        work += selected * (scan.column.dimension + rowOverhead) * (1 + group.count / 4)
        guard work >= pieceComponents else { continue }
        work = 0
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
      }
    }
  }
}
