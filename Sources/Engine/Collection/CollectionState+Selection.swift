import FilterIndex
import Model
import Segments

/// A selection whose filter was made ready.
package struct CompiledSelection: Sendable {
  let ids: [Text]?
  let filter: CompiledFilter?

  package init(_ selection: RecordSelection) throws(EngineError) {
    ids = selection.ids
    do throws(RegexSyntaxError) {
      filter = try selection.filter.map { filter throws(RegexSyntaxError) in
        try CompiledFilter(filter)
      }
    } catch {
      throw .invalidPattern(error.message)
    }
  }

  var isEverything: Bool { ids == nil && filter == nil }
}

/// Rows that a selection leaves.
struct SelectedRows: Sendable {
  /// Per segment.
  var segments: [RowSet]
  var tail: RowSet
}

extension CollectionState {
  /// Where the selected records are, in the order of insertion: `limit` of them after the first `offset`.
  func places(
    of selection: CompiledSelection, offset: Int = 0, limit: Int? = nil
  ) async throws(CollectionReadFailure) -> [Place] {
    if let ids = selection.ids, selection.filter == nil {
      return Array(placesInOrder(of: ids).dropFirst(offset).prefix(limit ?? .max))
    }
    guard let limit, let filter = selection.filter, filter.readsDocument else {
      return inOrder(try await rows(of: selection), offset: offset, limit: limit)
    }
    let (wanted, isTooMany) = offset.addingReportingOverflow(limit)
    var bounds = try await bounds(of: selection)
    // Documents are read only of as many rows as it takes to find enough that pass.
    var window = isTooMany ? Int.max : max(min(wanted, .max / 4) * 2, 64)
    while true {
      let places = inOrder(bounds.possible, limit: window)
      try await decide(places, in: &bounds, by: filter)
      let passing = places.filter { bounds.isCertain($0) }
      if passing.count >= wanted || places.count < window {
        return Array(passing.dropFirst(offset).prefix(limit))
      }
      window = window > .max / 4 ? .max : window * 4
    }
  }

  /// Where the records are that have one of the ids, in the order of insertion.
  private func placesInOrder(of ids: [Text]) -> [Place] {
    var found: [(offset: UInt64, place: Place)] = []
    forEachPlace(of: ids) { place in
      if let place { found.append((offset(of: place), place)) }
    }
    found.sort { $0.offset < $1.offset }
    // An id may come twice.
    return found.indices.filter { $0 == 0 || found[$0 - 1].offset != found[$0].offset }
      .map { found[$0].place }
  }

  /// All rows of live records that the selection leaves.
  func rows(of selection: CompiledSelection) async throws(CollectionReadFailure) -> SelectedRows {
    var bounds = try await bounds(of: selection)
    if let filter = selection.filter { try await decideAll(in: &bounds, by: filter) }
    return bounds.possible
  }

  /// What the indexes tell about the rows that the selection leaves; of the tail it is known exactly.
  func bounds(
    of selection: CompiledSelection
  ) async throws(CollectionReadFailure) -> SelectionBounds {
    let rows = candidates(selection.ids)
    var bounds = SelectionBounds(exactly: rows)
    guard let filter = selection.filter else { return bounds }
    do throws(SegmentError) {
      for index in segments.indices where !rows.segments[index].isEmpty {
        let segment = segments[index].segment
        bounds.segments[index] = try await filter.bounds(of: segment, among: rows.segments[index])
        try segment.checkIntegrity()
        try await letOthersRun()
      }
      bounds.tail = try await tailRows(among: rows.tail, passing: filter)
    } catch {
      throw .segment(error)
    }
    return bounds
  }

  /// Finds out which of the rows pass, as far as that is not known.
  func decide(
    _ places: [Place], in bounds: inout SelectionBounds, by filter: CompiledFilter
  ) async throws(CollectionReadFailure) {
    var wanted = bounds.segments.map { RowSet(count: $0.possible.count, filledWith: false) }
    for case .segment(let index, let row) in places { wanted[index][row] = true }
    for index in wanted.indices {
      wanted[index].formIntersection(bounds.segments[index].undecided)
    }
    try await decide(wanted, in: &bounds, by: filter)
  }

  /// Finds out which of all rows pass.
  func decideAll(
    in bounds: inout SelectionBounds, by filter: CompiledFilter
  ) async throws(CollectionReadFailure) {
    try await decide(bounds.segments.map(\.undecided), in: &bounds, by: filter)
  }

  private func decide(
    _ wanted: [RowSet], in bounds: inout SelectionBounds, by filter: CompiledFilter
  ) async throws(CollectionReadFailure) {
    do throws(SegmentError) {
      for (index, rows) in wanted.enumerated() where !rows.isEmpty {
        let segment = segments[index].segment
        let passing = try await filter.decide(rows, of: segment)
        bounds.segments[index].decide(rows, passing: passing)
        try segment.checkIntegrity()
        try await letOthersRun()
      }
    } catch {
      throw .segment(error)
    }
  }

  private func candidates(_ ids: [Text]?) -> SelectedRows {
    guard let ids else {
      return SelectedRows(segments: segments.map(\.live), tail: tail.liveRows)
    }
    var rows = SelectedRows(
      segments: segments.map { RowSet(count: $0.segment.rowCount, filledWith: false) },
      tail: RowSet(count: tail.liveRows.count, filledWith: false))
    forEachPlace(of: ids) { place in
      switch place {
      case .tail(let row): rows.tail[row] = true
      case .segment(let index, let row): rows.segments[index][row] = true
      case nil: break
      }
    }
    return rows
  }

  /// Rows in the order of insertion: a merge of the segments, each of which is in that order, and the tail.
  func inOrder(_ rows: SelectedRows, offset: Int = 0, limit: Int? = nil) -> [Place] {
    let limit = limit ?? Int.max
    guard limit > 0 else { return [] }
    var sources: [MergeSource] = []
    for (index, set) in rows.segments.enumerated() {
      let segment = segments[index].segment
      sources.append(
        MergeSource(rows: set.makeIterator()) { row in
          (segment.offset(row), .segment(index, row: row))
        })
    }
    let ordered = tail.byOffset(rows.tail)
    var next = ordered.makeIterator()
    sources.append(
      MergeSource(rows: AnyIterator { next.next() }) { row in
        (tail.record(row)?.offset ?? .max, .tail(row))
      })
    sources.removeAll { $0.head == nil }
    var places: [Place] = []
    var toSkip = offset
    while places.count < limit, !sources.isEmpty {
      var least = 0
      for index in 1..<max(sources.count, 1) where sources[index] < sources[least] { least = index }
      if let place = sources[least].pop() {
        if toSkip > 0 { toSkip -= 1 } else { places.append(place) }
      }
      if sources[least].head == nil { sources.remove(at: least) }
    }
    return places
  }

  func letOthersRun() async throws(SegmentError) {
    await Task.yield()
    if Task.isCancelled { throw .cancelled }
  }
}

/// One ascending list among those that are merged.
private struct MergeSource {
  private let advance: () -> Int?
  private let describe: (Int) -> (offset: UInt64, place: CollectionState.Place)
  private(set) var head: (offset: UInt64, place: CollectionState.Place)?

  init<Rows: IteratorProtocol>(
    rows: Rows, describe: @escaping (Int) -> (offset: UInt64, place: CollectionState.Place)
  ) where Rows.Element == Int {
    var rows = rows
    advance = { rows.next() }
    self.describe = describe
    head = advance().map(describe)
  }

  mutating func pop() -> CollectionState.Place? {
    let place = head?.place
    head = advance().map(describe)
    return place
  }

  static func < (a: MergeSource, b: MergeSource) -> Bool {
    (a.head?.offset ?? .max) < (b.head?.offset ?? .max)
  }
}

/// Rows of several segments that are to be read, each for somebody.
struct SegmentRows {
  private(set) var bySegment: [(segment: Segment, rows: [Int], targets: [Int])] = []
  /// Where the segments are, once there are too many to look through all.
  private var indices: [ObjectIdentifier: Int] = [:]
  /// That of the row before: the next is often of the same segment.
  private var latest = 0

  private static let lookedThroughMax = 8
  /// As many as the answer to a usual query has.
  private static let rowsReserved = 16

  mutating func add(_ segment: Segment, _ row: Int, for target: Int) {
    if latest >= bySegment.count || bySegment[latest].segment !== segment {
      latest = index(of: segment)
    }
    bySegment[latest].rows.append(row)
    bySegment[latest].targets.append(target)
  }

  private mutating func index(of segment: Segment) -> Int {
    let known =
      indices.isEmpty
      ? bySegment.firstIndex { $0.segment === segment } : indices[ObjectIdentifier(segment)]
    if let known { return known }
    let index = bySegment.count
    if bySegment.isEmpty { bySegment.reserveCapacity(Self.lookedThroughMax) }
    bySegment.append((segment, [], []))
    bySegment[index].rows.reserveCapacity(Self.rowsReserved)
    bySegment[index].targets.reserveCapacity(Self.rowsReserved)
    if bySegment.count > Self.lookedThroughMax {
      let first = indices.isEmpty ? 0 : index
      for index in first..<bySegment.count {
        indices[ObjectIdentifier(bySegment[index].segment)] = index
      }
    }
    return index
  }
}
