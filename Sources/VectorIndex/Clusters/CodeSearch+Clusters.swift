import CKernels
package import Model

extension CodeSearch {
  /// Looks at the codes of the rows of few clusters, those whose centres are nearest. `prepare` must have been true for
  /// the basis.
  ///
  /// - Parameters:
  ///   - clusters: The clusters of all rows.
  ///   - fine: The fine codes of all rows.
  ///   - rows: The rows that may be in the answer; nil for all. They must be most of all rows.
  ///   - part: What the candidates are to be called by.
  ///   - effort: 1 for the usual number of clusters, 2 for twice as many.
  /// - Returns: False, and nothing was looked at, where so many clusters would be needed that all codes are better.
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package mutating func scan(
    _ clusters: ClusterColumn, _ fine: FineCodes, rows: RowSet?, part: Int, effort: Float
  ) async throws(CancellationError) -> Bool {
    guard let basis = prepared?.basis, prepare(for: basis, clusters.shape(of: basis)),
      let ready = prepared?.queries
    else { return false }
    precondition(fine.rows.lowerBound == 0)
    var probes = clusters.probes.count(neighbours: count, effort: effort)
    if let rows {
      let share = Double(max(rows.memberCount, 1)) / Double(max(fine.rows.count, 1))
      probes = Int(min(Double(probes) / share, Double(Int32.max)))
    }
    guard probes <= clusters.count / 2 else { return false }
    var pace = Pace()
    var chosen: [[Int]] = []
    for (index, query) in queries.enumerated() {
      guard !isUndecided[index] else {
        chosen.append([])
        continue
      }
      let nearest = try await clusters.nearest(
        probes, to: query, basis: basis, distance: distance, kernels: kernels)
      switch nearest {
      case .unknown: return false
      case .undecided:
        abandon(index)
        chosen.append([])
      case .nearest(let ranked):
        guard clusters.suffice(ranked, rows: rows, count: count) else { return false }
        chosen.append(ranked)
        try await pace.step((clusters.count + ranked.count * 64) * basis.dimension)
      }
    }
    for index in queries.indices {
      var walk = ClusterWalk(clusters: chosen[index])
      while true {
        scanPiece(clusters, fine, rows, ready[index], query: index, part, &walk)
        guard walk.next < walk.clusters.count, !isUndecided[index] else { break }
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
      }
    }
    return true
  }

  /// Looks at the codes of rows of the next clusters, for about a millisecond.
  private mutating func scanPiece(
    _ clusters: ClusterColumn, _ fine: FineCodes, _ rows: RowSet?, _ query: CodeQuery,
    query index: Int, _ part: Int, _ walk: inout ClusterWalk
  ) {
    let width = query.residual.count
    let rowCountOfAll = fine.rows.count
    memory.withTwo { scratch, waiting in
      fine.withBytes { fine in
        let target = Target(part: part, firstRow: 0, fine: fine.baseAddress)
        var isWaiting = false
        var work = 0
        while walk.next < walk.clusters.count, !isUndecided[index], work < Pace.workMax {
          let cluster = walk.clusters[walk.next]
          let rowCount = clusters.rowCount(of: cluster)
          let (start, count) = (walk.start, min(Scratch.rows, rowCount - walk.start))
          walk.start += count
          if walk.start >= rowCount {
            walk.start = 0
            walk.next += 1
            if walk.next < walk.clusters.count { clusters.prefetch(walk.clusters[walk.next]) }
          }
          let looked = clusters.withCluster(cluster, fromBlock: start / CodeColumn.blockRows) {
            places, block, numbers in
            scratch.coarse(
              places, from: block, rowCount: count, isFollowed: false, members: nil, query,
              threshold: query.threshold(bounds[index].bound), kernels: kernels)
            let looked = isWaiting ? finish(index, query, &waiting, target) : 0
            scratch.keep(
              below: query.threshold(bounds[index].bound), numbers: numbers, among: rows,
              rowCount: rowCountOfAll, seen: &walk.seen)
            return looked
          }
          scratch.prefetch(target.fine, width: width)
          isWaiting = true
          swap(&scratch, &waiting)
          work += (count / 16 + looked * 4) * width
        }
        if isWaiting { _ = finish(index, query, &waiting, target) }
      }
    }
  }
}

private enum RankedClusters {
  /// The nearest first.
  case nearest([Int])
  /// The query's numbers are too large or too small for codes.
  case unknown
  /// Too many are equally near.
  case undecided
}

/// Clusters that are looked into one after the other.
private struct ClusterWalk {
  let clusters: [Int]
  /// The one that is looked into, and from which of its rows on.
  var next = 0
  var start = 0
  var seen = RowMarks()
}

extension ClusterColumn {
  /// Whether the ranked clusters have several times as many rows as are wanted, and, of the rows that may be in the
  /// answer, about the share that all have. Where what was near the query was deleted, nobody knows in which clusters
  /// the next nearest are.
  fileprivate func suffice(_ ranked: [Int], rows: RowSet?, count wanted: Int) -> Bool {
    let least = wanted.multipliedReportingOverflow(by: 4)
    guard !least.overflow else { return false }
    guard let rows else {
      return ranked.reduce(0) { $0 + rowCount(of: $1) } >= least.partialValue
    }
    let share = Double(rows.memberCount) / Double(max(rows.count, 1))
    var (members, listed) = (0, 0)
    for (place, cluster) in ranked.enumerated() {
      members += memberCount(of: cluster, among: rows)
      listed += rowCount(of: cluster)
      // The nearest few matter most.
      let isNear = place == ranked.count / 16 || place == ranked.count / 4
      if isNear, Double(members) < 0.7 * share * Double(listed) { return false }
    }
    return members >= least.partialValue && Double(members) >= 0.8 * share * Double(listed)
  }

  /// The clusters whose centres are nearest to a query.
  fileprivate func nearest(
    _ probes: Int, to query: [Float], basis: CodeBasis, distance: Distance, kernels: CodeKernels
  ) async throws(CancellationError) -> RankedClusters {
    var given = query
    // The product with the centre of all is the same for all clusters.
    if distance != .innerProduct {
      _ = query.withUnsafeBufferPointer { basis.centred($0, into: &given) }
    }
    var search = CodeSearch(
      queries: [given], count: probes,
      distance: ClusterSectionWriter.distanceOfCentres(distance), deviations: 0.5, kernels: kernels)
    guard search.prepare(for: centres) else { return .unknown }
    try await search.scan(centres, fineCentres, rows: nil, part: 0)
    guard search.isUndecided == [false], let candidates = search.candidates().first else {
      return .undecided
    }
    return .nearest(
      candidates.sorted { ($0.lowerBound, $0.row) < ($1.lowerBound, $1.row) }
        .prefix(probes).map(\.row))
  }
}
