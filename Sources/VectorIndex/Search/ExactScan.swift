import CKernels
import Model

/// One exact search under way: some queries against a column, a piece at a time.
struct ExactScan {
  let column: VectorColumn
  /// The queries, as rows: aligned, end to end, with their norms.
  let queries: VectorColumn
  let distance: Distance
  let kernels: Kernels

  /// Per query.
  private var nearest: [NearestList]
  /// What the kernels computed for up to `groupMax` queries and the rows of one block.
  private var results: [Float]
  /// The rows of the block that pass the filter, as offsets into it.
  private var selected: [UInt32] = []
  private var isFiltered = false

  /// Queries that go through a kernel together.
  static let groupMax = 8
  /// A block, so that it stays in the second-level cache until all groups had their turn.
  private static let blockBytesMax = 256 << 10
  private static let rowsPerBlockMax = 1024
  /// With this share of a block's rows selected or more, reading all of them in order is faster.
  private static let denseShare = 0.5

  init(
    column: VectorColumn, queries: VectorColumn, distance: Distance, kept: Int, kernels: Kernels
  ) {
    self.column = column
    self.queries = queries
    self.distance = distance
    self.kernels = kernels
    nearest = [NearestList](repeating: NearestList(capacity: kept), count: queries.count)
    results = [Float](
      repeating: 0, count: Self.rowsPerBlock(of: column) * min(queries.count, Self.groupMax))
  }

  /// A power of two that divides the number of rows in a chunk, so that no block lies in two chunks.
  static func rowsPerBlock(of column: VectorColumn) -> Int {
    var rows = min(column.rowsPerChunk, rowsPerBlockMax)
    while rows > 8, rows * column.dimension * MemoryLayout<Float>.stride > blockBytesMax {
      rows /= 2
    }
    return rows
  }

  /// Chooses the rows of a block that the following scans look at; returns how many there are.
  mutating func select(_ rows: RowSet?, in block: Range<Int>) -> Int {
    isFiltered = false
    guard let rows else { return block.count }
    selected.removeAll(keepingCapacity: true)
    rows.forEachMember(in: block) { row in
      selected.append(UInt32(truncatingIfNeeded: row - block.lowerBound))
    }
    isFiltered = selected.count < block.count
    return selected.count
  }

  /// Offers the selected rows of the block to some of the queries, at most `groupMax`, in one chunk.
  mutating func scan(_ block: Range<Int>, for group: Range<Int>) {
    let isGathered =
      isFiltered && Double(selected.count) < Self.denseShare * Double(block.count)
    column.withRows(block) { rows in
      queries.withRows(group) { queries in
        compute(rows, queries, isGathered: isGathered)
        for query in 0..<group.count {
          offer(rows, from: block.lowerBound, to: query, of: queries, group, isGathered: isGathered)
        }
      }
    }
  }

  /// The nearest rows of each query, ascending by (distance, row).
  func sorted() -> [[Neighbour]] { nearest.map { $0.sorted() } }

  private mutating func compute(
    _ rows: VectorColumn.Rows, _ queries: VectorColumn.Rows, isGathered: Bool
  ) {
    let stride = rows.inverseNorms.count
    results.withUnsafeMutableBufferPointer { results in
      selected.withUnsafeBufferPointer { selected in
        let block = apus_f32_block(
          queries: queries.components.baseAddress, query_count: queries.inverseNorms.count,
          rows: rows.components.baseAddress,
          row_numbers: isGathered ? selected.baseAddress : nil,
          row_count: isGathered ? selected.count : stride, dimension: column.dimension,
          results: results.baseAddress, result_stride: stride)
        kernels.run(distance == .l2 ? .squaredL2 : .dot, on: block)
      }
    }
  }

  private mutating func offer(
    _ rows: VectorColumn.Rows, from firstRow: Int, to query: Int, of queries: VectorColumn.Rows,
    _ group: Range<Int>, isGathered: Bool
  ) {
    let dimension = column.dimension
    let finish = DistanceFinish(
      distance: distance, dimension: dimension, rows: rows,
      query: UnsafeBufferPointer(
        rebasing: queries.components[query * dimension..<(query + 1) * dimension]),
      inverseNorm: queries.inverseNorms[query])
    let start = query * rows.inverseNorms.count
    results.withUnsafeBufferPointer { results in
      let results = UnsafeBufferPointer(rebasing: results[start...])
      let list = group.lowerBound + query
      if isFiltered {
        for (index, offset) in selected.enumerated() {
          let offset = Int(offset)
          let result = results[isGathered ? index : offset]
          nearest[list].offer(row: firstRow + offset, distance: finish(result, at: offset))
        }
      } else {
        for offset in 0..<rows.inverseNorms.count {
          nearest[list].offer(row: firstRow + offset, distance: finish(results[offset], at: offset))
        }
      }
    }
  }
}
