import CKernels
package import Model

extension CodeSearch {
  /// Looks at the codes of the rows of few clusters, those whose centres are nearest. `prepare` must have been true for
  /// the basis.
  ///
  /// - Parameters:
  ///   - clusters: The clusters of all rows.
  ///   - fine: The fine codes of all rows.
  ///   - rows: The rows that may be in the answer; nil for all. They must be most of all rows, and those that are not
  ///     among them anywhere: this does not look further for them than for others.
  ///   - part: What the candidates are to be called by.
  ///   - effort: 1 for the usual number of clusters, 2 for twice as many.
  /// - Returns: False, and nothing was looked at, where so many clusters would be needed that all codes are better.
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package mutating func scan(
    _ clusters: ClusterColumn, _ fine: FineCodes, rows: RowSet?, part: Int, effort: Float
  ) async throws(CancellationError) -> Bool {
    guard let ready = prepared?.queries, let basis = prepared?.basis else { return false }
    precondition(fine.rows.lowerBound == 0)
    var probes = clusters.probes.count(neighbours: count, effort: effort)
    if let rows {
      let share = Double(max(rows.memberCount, 1)) / Double(max(fine.rows.count, 1))
      probes = Int(min(Double(probes) / share, Double(Int32.max)))
    }
    guard probes <= clusters.count / 2 else { return false }
    var chosen: [[Int]] = []
    for query in queries {
      guard
        let nearest = try await clusters.nearest(
          probes, to: query, basis: basis, distance: distance, kernels: kernels)
      else { return false }
      chosen.append(nearest)
    }
    for index in queries.indices {
      try await scan(chosen[index], clusters, fine, rows, ready, query: index, part)
    }
    return true
  }

  private mutating func scan(
    _ chosen: [Int], _ clusters: ClusterColumn, _ fine: FineCodes, _ rows: RowSet?,
    _ ready: [CodeQuery], query index: Int, _ part: Int
  ) async throws(CancellationError) {
    let query = ready[index]
    var seen = RowMarks()
    let last = Step(query: index, first: 0)
    var isWaiting = false
    var work = 0
    for (place, cluster) in chosen.enumerated() {
      if place + 1 < chosen.count { clusters.prefetch(chosen[place + 1]) }
      let rowCount = clusters.rowCount(of: cluster)
      for start in stride(from: 0, to: rowCount, by: Scratch.rows) {
        let range = start..<min(start + Scratch.rows, rowCount)
        scratch.coarse(
          range, ofCluster: cluster, clusters, rows, query,
          threshold: query.threshold(bounds[index].bound), kernels: kernels, seen: &seen,
          rowCount: fine.rows.count)
        scratch.prefetch(fine, width: query.residual.count, from: 0)
        let looked = isWaiting ? finish(last, fine, ready, part) : 0
        isWaiting = true
        swap(&scratch, &waiting)
        work += (range.count / 8 + looked * 8) * query.residual.count
      }
      guard work >= Self.pieceWork else { continue }
      work = 0
      await Task.yield()
      if Task.isCancelled { throw CancellationError() }
    }
    if isWaiting { _ = finish(last, fine, ready, part) }
  }
}

extension ClusterColumn {
  /// The clusters whose centres are nearest to a query, the nearest first; nil where its numbers are too large or
  /// too small for codes.
  fileprivate func nearest(
    _ probes: Int, to query: [Float], basis: CodeBasis, distance: Distance, kernels: CodeKernels
  ) async throws(CancellationError) -> [Int]? {
    var given = query
    // The product with the centre of all is the same for all clusters.
    if distance != .innerProduct {
      query.withUnsafeBufferPointer { basis.centred($0, into: &given) }
    }
    var search = CodeSearch(
      queries: [given], count: probes, distance: distance == .innerProduct ? .innerProduct : .l2,
      deviations: 0.5,
      kernels: kernels)
    guard search.prepare(for: centres.basis) else { return nil }
    try await search.scan(centres, fineCentres, rows: nil, part: 0)
    guard let candidates = search.candidates().first else { return nil }
    return candidates.sorted { ($0.lowerBound, $0.row) < ($1.lowerBound, $1.row) }
      .prefix(probes).map(\.row)
  }
}
