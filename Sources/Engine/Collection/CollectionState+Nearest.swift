import FilterIndex
import Model
import Segments

extension CollectionState {
  /// So many documents are read as fast as the nearest of all are found.
  private static var decidedAtOnceMax: Int { 2_000 }
  /// So many queries are searched together: each may have some thousand candidates at a time, which must not fill the memory.
  private static var queriesAtOnce: Int { 256 }

  /// Per query the nearest of the records that the selection leaves.
  func nearest(
    to request: QueryRequest, _ distance: Distance, among selection: CompiledSelection
  ) async throws(CollectionReadFailure) -> [[NearestRecords.Found]] {
    var bounds = try await bounds(of: selection)
    if let filter = selection.filter {
      if bounds.undecidedCount > Self.decidedAtOnceMax,
        let found = try await nearest(
          to: request, distance, in: &bounds, by: filter)
      {
        return found
      }
      try await decideAll(in: &bounds, by: filter)
    }
    return try await nearest(to: request, distance, count: request.count, in: bounds.possible)
  }

  /// The nearest of all rows that may pass, if it turns out that enough of these do.
  private func nearest(
    to request: QueryRequest, _ distance: Distance, in bounds: inout SelectionBounds,
    by filter: CompiledFilter
  ) async throws(CollectionReadFailure) -> [[NearestRecords.Found]]? {
    let count = min(request.count, self.count)
    guard count < bounds.undecidedCount / 8 else { return nil }
    let kept = count * 2 + 16
    let found = try await nearest(to: request, distance, count: kept, in: bounds.possible)
    try await decide(found.joined().map(\.place), in: &bounds, by: filter)
    var passing: [[NearestRecords.Found]] = []
    for list in found {
      let some = list.filter { bounds.isCertain($0.place) }
      guard some.count >= count || list.count < kept else { return nil }
      passing.append(Array(some.prefix(count)))
    }
    return passing
  }

  private func nearest(
    to request: QueryRequest, _ distance: Distance, count: Int, in rows: SelectedRows
  ) async throws(CollectionReadFailure) -> [[NearestRecords.Found]] {
    let queries = request.embeddings
    var found: [[NearestRecords.Found]] = []
    found.reserveCapacity(queries.count)
    for start in stride(from: 0, to: queries.count, by: Self.queriesAtOnce) {
      let some = queries[start..<min(start + Self.queriesAtOnce, queries.count)]
      var search = NearestRecords(
        queries: Array(some), count: count, distance: distance, effort: request.effort)
      do throws(SegmentError) {
        try await search.look(into: segments, tail, rows)
      } catch {
        throw .segment(error)
      }
      found += search.sorted(by: { offset(of: $0) })
    }
    return found
  }
}
