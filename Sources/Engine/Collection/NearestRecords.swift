import HashTreeCollections
import Model
import Segments
import VectorIndex

/// The nearest records of several queries, over all places where a collection's vectors are.
struct NearestRecords {
  struct Found {
    let place: CollectionState.Place
    let distance: Float
  }

  let queries: [[Float]]
  let count: Int
  private var found: [[Found]]

  init(queries: [[Float]], count: Int) {
    self.queries = queries
    self.count = count
    found = queries.map { _ in [] }
  }

  /// Looks at the vectors of a segment's selected rows, and at those that belong to selected records of the tail.
  mutating func look(
    into part: SegmentPart, _ index: Int, _ rows: SelectedRows, distance: Distance
  ) async throws(SegmentError) {
    var searched = rows.segments[index]
    for (row, tailRow) in part.forwarded where rows.tail[Int(tailRow)] {
      searched[Int(row)] = true
    }
    guard !searched.isEmpty, !queries.isEmpty, count > 0 else { return }
    let isAll = searched.memberCount == searched.count
    var pieces: [(Range<Int>, [[Neighbour]])] = []
    try await part.segment.forEachVectorPiece(rows: isAll ? nil : searched) {
      range, column throws(SegmentError) in
      let isWhole = range == 0..<searched.count
      let piece = isAll ? nil : isWhole ? searched : searched.piece(range)
      pieces.append((range, try await nearest(in: column, piece, distance)))
    }
    for (range, lists) in pieces {
      add(lists) { row in
        let row = row + range.lowerBound
        if let tailRow = part.forwarded[UInt32(row)] { return .tail(Int(tailRow)) }
        return .segment(index, row: row)
      }
    }
  }

  /// Looks at the tail's own vectors.
  mutating func look(
    into tail: Tail, _ rows: RowSet, distance: Distance
  ) async throws(SegmentError) {
    guard let vectors = tail.vectors, !queries.isEmpty, count > 0 else { return }
    var searched = tail.liveVectors
    if rows.memberCount < tail.count {
      searched = RowSet(count: vectors.count, filledWith: false)
      for row in rows {
        if case .own(let vectorRow) = tail.record(row)?.vector { searched[Int(vectorRow)] = true }
      }
    }
    let lists = try await nearest(in: vectors, searched, distance)
    add(lists) { .tail(Int(tail.recordOfVector[$0])) }
  }

  private func nearest(
    in column: VectorColumn, _ rows: RowSet?, _ distance: Distance
  ) async throws(SegmentError) -> [[Neighbour]] {
    do throws(CancellationError) {
      return try await ExactSearch.nearest(
        to: queries, in: column, rows: rows, count: count, distance: distance)
    } catch {
      throw .cancelled
    }
  }

  private mutating func add(
    _ lists: [[Neighbour]], place: (Int) -> CollectionState.Place
  ) {
    for (query, list) in lists.enumerated() {
      found[query] += list.map { Found(place: place($0.row), distance: $0.distance) }
    }
  }

  /// Per query the nearest, ascending by distance; equal distances by offset.
  func sorted(by offset: (CollectionState.Place) -> UInt64) -> [[Found]] {
    found.map { list in
      let ordered = list.map { (found: $0, offset: offset($0.place)) }.sorted { a, b in
        (a.found.distance, a.offset) < (b.found.distance, b.offset)
      }
      return ordered.prefix(count).map(\.found)
    }
  }
}

extension RowSet {
  /// The rows of a range, counted from its beginning.
  fileprivate func piece(_ range: Range<Int>) -> RowSet {
    var piece = RowSet(count: range.count, filledWith: false)
    forEachMember(in: range) { piece[$0 - range.lowerBound] = true }
    return piece
  }
}
