import CKernels
package import Model

/// A row that may be one of a query's nearest, as far as its codes tell.
package struct CodeCandidate: Hashable, Sendable {
  /// Which of the searched places, as the searcher numbered it.
  package let part: Int
  package let row: Int
  /// With near certainty the distance is not less.
  let lowerBound: Float
}

/// A search by codes under way, over any number of places: it leaves few rows to be looked at exactly.
///
/// The coarse codes give each row's distance with a known standard deviation (RaBitQ, Gao and Long, SIGMOD 2024);
/// rows that are more than `deviations` of them too far away are left out. Of the others the fine codes give the
/// distance a hundred times better, and with it the bound that the next rows must meet.
package struct CodeSearch: Sendable {
  /// With this many standard deviations, of 10 nearest neighbours 9.99 are found and more.
  package static let deviationsDefault: Float = 2.5

  /// The standard deviations for a search that may take `effort` times as long as usual, as far as more help: 1.3
  /// find 99.5 % of the 10 nearest, 4 miss none that can be told.
  package static func deviations(effort: Float) -> Float {
    guard effort >= 1 else { return 1.3 + (deviationsDefault - 1.3) * (effort > 0 ? effort : 0) }
    guard effort < 1024 else { return 4 }
    // Between powers of two along a straight line.
    let logarithm = Float(effort.exponent) + effort.significand - 1
    return min(deviationsDefault + 0.45 * logarithm, 4)
  }

  let queries: [[Float]]
  let count: Int
  let distance: Distance
  let deviations: Float
  let kernels: CodeKernels
  /// Per query upper bounds of distances.
  var bounds: [LeastBounds]
  var found: [[CodeCandidate]]
  /// Per query the greatest of all bases.
  private var magnitudes: [Float]
  var prepared: Prepared?
  /// What the coarse codes left in the rows scanned last, and before them: their fine codes are on their way.
  var scratch = Scratch()
  var waiting = Scratch()

  struct Prepared: Sendable {
    let basis: CodeBasis
    /// Nil where a query is out of the codes' range.
    let queries: [CodeQuery]?
  }

  /// Where `count` is a large share of all rows, exact search is faster. With more `deviations`, more of the last
  /// neighbours are found, and it takes longer.
  package init(
    queries: [[Float]], count: Int, distance: Distance,
    deviations: Float = Self.deviationsDefault, kernels: CodeKernels = .best
  ) {
    self.queries = queries
    self.count = count
    self.distance = distance
    self.deviations = deviations
    self.kernels = kernels
    bounds = queries.map { _ in LeastBounds(capacity: count) }
    found = queries.map { _ in [] }
    magnitudes = queries.map { _ in 0 }
  }

  /// Distances of rows that were looked at exactly.
  package mutating func note(_ lists: [[Neighbour]]) {
    for (query, list) in lists.enumerated() {
      for neighbour in list { bounds[query].offer(neighbour.distance) }
    }
  }

  /// Makes the queries ready for codes of this basis.
  /// - Returns: Whether these codes can be searched; else only exact search can.
  package mutating func prepare(for basis: CodeBasis) -> Bool {
    guard basis.suits(distance) else { return false }
    if let prepared, CodeBasis.isSame(prepared.basis, basis) { return prepared.queries != nil }
    var ready: [CodeQuery] = []
    for query in queries {
      guard query.count == basis.dimension,
        let query = CodeQuery(
          query, basis: basis, distance: distance, deviations: deviations, kernels: kernels)
      else { break }
      ready.append(query)
    }
    let areReady = ready.count == queries.count
    for (index, query) in ready.enumerated() {
      magnitudes[index] = max(magnitudes[index], query.magnitude)
    }
    prepared = Prepared(basis: basis, queries: areReady ? ready : nil)
    return areReady
  }

  /// Looks at the codes of rows that have fine codes here. `prepare` must have been true for the basis.
  ///
  /// - Parameters:
  ///   - codes: The coarse codes of all rows.
  ///   - fine: The fine codes of all rows or of some; the first row's number must be a multiple of 64.
  ///   - rows: The rows that may be in the answer; nil for all.
  ///   - part: What the candidates are to be called by.
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package mutating func scan(
    _ codes: CodeColumn, _ fine: FineCodes, rows: RowSet?, part: Int
  ) async throws(CancellationError) {
    guard let ready = prepared?.queries, !fine.rows.isEmpty else { return }
    precondition(fine.rows.lowerBound % 64 == 0 && fine.rows.upperBound <= codes.count)
    let end = min(fine.rows.upperBound, rows?.count ?? .max)
    var start = fine.rows.lowerBound
    var batch = Self.firstBatchRows
    var work = 0
    var last: Step?
    while start < end {
      let range = start..<min(start + batch, end)
      start = range.upperBound
      // The first rows find a good bound, so that few of those behind have to be looked at closely.
      batch = min(batch * 2, Self.batchRowsMax)
      if let rows, !rows.hasMember(in: range) { continue }
      for index in queries.indices {
        let query = ready[index]
        scratch.coarse(
          range, of: codes, rows, query, threshold: query.threshold(bounds[index].bound),
          kernels: kernels)
        let first = range.lowerBound - fine.rows.lowerBound
        scratch.prefetch(fine, width: query.residual.count, from: first)
        // What the step before found has arrived in the cache by now.
        let looked = last.map { finish($0, fine, ready, part) } ?? 0
        last = Step(query: index, first: first)
        swap(&scratch, &waiting)
        work += (range.count / 8 + looked * 8) * codes.basis.rotation.width
      }
      guard work >= Self.pieceWork else { continue }
      work = 0
      await Task.yield()
      if Task.isCancelled { throw CancellationError() }
    }
    if let last { _ = finish(last, fine, ready, part) }
  }

  /// Multiples of 64.
  private static let firstBatchRows = 128
  private static let batchRowsMax = Scratch.rows
  /// About a millisecond.
  private static let pieceWork = 32 << 20

  /// Per query the rows that may be in the answer, in no order; all that are, but for those few that the bounds were
  /// wrong about. Nothing may be scanned any more.
  package func candidates() -> [[CodeCandidate]] {
    queries.indices.map { index in
      let threshold = CodeQuery.threshold(
        bounds[index].bound, magnitude: magnitudes[index])
      return found[index].filter { $0.lowerBound <= threshold }
    }
  }

  /// Rows that were found for a query, counted from the first that has fine codes.
  struct Step {
    let query: Int
    let first: Int
  }

  /// Looks at the fine codes of what was found in a step, which `waiting` has.
  /// - Returns: The number of rows looked at.
  mutating func finish(
    _ step: Step, _ fine: FineCodes, _ queries: [CodeQuery], _ part: Int
  ) -> Int {
    let (index, query) = (step.query, queries[step.query])
    var looked = 0
    while true {
      let threshold = query.threshold(bounds[index].bound)
      let chosen = waiting.next(from: step.first, below: threshold)
      guard chosen > 0 else { return looked }
      looked += chosen
      waiting.fine(fine, query, kernels: kernels)
      for i in 0..<chosen {
        bounds[index].offer(waiting.upper[i])
        guard waiting.lower[i] <= query.threshold(bounds[index].bound) else { continue }
        found[index].append(
          CodeCandidate(
            part: part, row: Int(waiting.chosen[i]) + fine.rows.lowerBound,
            lowerBound: waiting.lower[i]))
      }
    }
  }
}
