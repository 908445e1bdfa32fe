import HashTreeCollections
import Model
import Segments
import VectorIndex

/// The nearest records of several queries, over all places where a collection's vectors are. Where a segment has codes,
/// these say which few of its vectors must be looked at.
struct NearestRecords {
  struct Found {
    let place: CollectionState.Place
    let distance: Float
  }

  let queries: [[Float]]
  let count: Int
  let distance: Distance
  var found: [[Found]]
  /// False: all vectors are looked at.
  let usesCodes: Bool
  var codeSearch: CodeSearch
  /// How many clusters are looked into, beside the usual number.
  let effort: Float
  /// Of a chunk of the tail.
  var hasMadeCodes = false
  /// There are so few rows in all that none is left out: `exactRecordsMax`.
  private var isSmall = false

  /// `effort`: see `QueryRequest`; nil for exact search.
  init(queries: [[Float]], count: Int, distance: Distance, effort: Float? = 1) {
    usesCodes = effort != nil
    self.effort = effort ?? 1
    self.queries = queries
    self.count = count
    self.distance = distance
    found = queries.map { _ in [] }
    codeSearch = CodeSearch(
      queries: queries, count: count, distance: distance,
      deviations: CodeSearch.deviations(effort: effort ?? 1),
      patience: CodeSearch.patience(effort: effort ?? 1))
  }

  /// Looks at all selected records. What is looked at exactly comes first, and then the largest segments: the codes
  /// of the rest are the sooner known to be too far away.
  mutating func look(
    into segments: [SegmentPart], _ tail: Tail, _ rows: SelectedRows
  ) async throws(SegmentError) {
    guard !queries.isEmpty, count > 0 else { return }
    let bySize = segments.indices.sorted {
      (segments[$1].segment.rowCount, $0) < (segments[$0].segment.rowCount, $1)
    }
    let searched = bySize.map { index in
      let part = segments[index]
      let set = searchedRows(of: part, rows, index)
      // Equal at a glance where there is no filter.
      return (index: index, rows: set, count: set == part.live ? part.liveCount : set.memberCount)
    }
    let inSegments = searched.reduce(0) { $0 + $1.count }
    isSmall =
      segments.reduce(tail.count) { $0 + $1.liveCount } <= Self.exactRecordsMax
      || (inSegments <= Self.exactMembersMax
        && inSegments + rows.tail.memberCount <= Self.exactMembersMax)
    let codedTail = try await look(
      into: tail, rows.tail,
      known: { bySize.compactMap { segments[$0].segment.codes?.basis } })
    var coded: [CodedPart] = []
    coded.reserveCapacity(searched.count)
    for (index, searched, memberCount) in searched {
      guard memberCount > 0 else { continue }
      let part = segments[index]
      let selected = memberCount == searched.count ? nil : searched
      if let codes = segments[index].segment.codes,
        !isExactFaster(memberCount, of: searched.count), codeSearch.prepare(for: codes)
      {
        // Every row that a query without a filter looks at; and not too many others.
        let isUnfiltered =
          memberCount >= part.liveCount + part.forwarded.count
          && memberCount * 4 >= searched.count * 3
        coded.append(
          CodedPart(index: index, codes: codes, rows: selected, isUnfiltered: isUnfiltered))
      } else {
        try await look(into: segments[index], index, selected)
      }
    }
    codeSearch.expect(
      rows: coded.reduce(codedTail.places.reduce(0) { $0 + $1.rowCount }) { $0 + $1.codes.count })
    try await look(at: coded, of: segments)
    try await scan(codedTail.places)
    try await lookAtCandidates(segments, tail)
    try await decide(coded, segments, codedTail, tail)
  }

  /// Looks at all vectors of what was searched by codes, for the queries that codes do not help.
  private mutating func decide(
    _ coded: [CodedPart], _ segments: [SegmentPart], _ codedTail: CodedTail, _ tail: Tail
  ) async throws(SegmentError) {
    let undecided = queries.indices.filter { codeSearch.isUndecided[$0] }
    guard !undecided.isEmpty else { return }
    var exact = NearestRecords(
      queries: undecided.map { queries[$0] }, count: count, distance: distance, effort: nil)
    for part in coded { try await exact.look(into: segments[part.index], part.index, part.rows) }
    if let vectors = tail.vectors, !codedTail.places.isEmpty {
      try await exact.lookExactly(at: codedTail.rows, of: vectors, in: tail)
    }
    for (query, found) in zip(undecided, exact.found) { self.found[query] += found }
  }

  /// The rows that the selection leaves, and those whose vectors belong to selected records of the tail.
  private func searchedRows(
    of part: SegmentPart, _ rows: SelectedRows, _ index: Int
  ) -> RowSet {
    var searched = rows.segments[index]
    for (row, tailRow) in part.forwarded where rows.tail[Int(tailRow)] {
      searched[Int(row)] = true
    }
    return searched
  }

  /// Looks at the vectors of some rows of a segment (nil: all).
  private mutating func look(
    into part: SegmentPart, _ index: Int, _ rows: RowSet?
  ) async throws(SegmentError) {
    var pieces: [(Range<Int>, [[Neighbour]])] = []
    try await part.segment.forEachVectorPiece(rows: rows) {
      range, column throws(SegmentError) in
      let isWhole = range == 0..<part.segment.rowCount
      let piece = isWhole ? rows : rows?.part(range)
      pieces.append((range, try await nearest(in: column, piece)))
    }
    for (range, lists) in pieces {
      add(lists) { part.place(of: $0 + range.lowerBound, in: index) }
    }
  }

  /// Few rows are looked at faster one by one, and where most are wanted, codes rule out none.
  func isExactFaster(_ memberCount: Int, of rowCount: Int) -> Bool {
    !usesCodes || isSmall || memberCount <= max(64, rowCount / 40) || count > memberCount / 16
  }

  /// Where there are so few records in all, or a filter leaves so few rows, they are looked at quickly enough to miss none.
  private static let exactRecordsMax = 2000
  private static let exactMembersMax = 1000

  // `kept`: how many per query; nil for as many as are wanted.
  func nearest(
    in column: VectorColumn, _ rows: RowSet?, kept: Int? = nil
  ) async throws(SegmentError) -> [[Neighbour]] {
    do throws(CancellationError) {
      return try await ExactSearch.nearest(
        to: queries, in: column, rows: rows, count: kept ?? count, distance: distance)
    } catch {
      throw .cancelled
    }
  }

  mutating func add(
    _ lists: [[Neighbour]], place: (Int) -> CollectionState.Place
  ) {
    codeSearch.note(lists.map { $0.count > count ? Array($0.prefix(count)) : $0 })
    for (query, list) in lists.enumerated() {
      found[query] += list.map { Found(place: place($0.row), distance: $0.distance) }
    }
  }

  /// Per query the nearest, ascending by distance; equal distances by offset.
  func sorted(by offset: (CollectionState.Place) -> UInt64) -> [[Found]] {
    found.map { list in
      var ordered = list.sorted { $0.distance < $1.distance }
      // An offset is far away in memory, and seldom needed.
      var start = 0
      while start < ordered.count {
        var end = start + 1
        while end < ordered.count, ordered[end].distance == ordered[start].distance { end += 1 }
        if end > start + 1 { ordered[start..<end].sort { offset($0.place) < offset($1.place) } }
        start = end
      }
      return Array(ordered.prefix(count))
    }
  }
}

extension SegmentPart {
  /// Where the record is whose vector the row has.
  func place(of row: Int, in index: Int) -> CollectionState.Place {
    if let tailRow = forwarded[UInt32(row)] { return .tail(Int(tailRow)) }
    return .segment(index, row: row)
  }
}
