import FilterIndex
import HashTreeCollections
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
  /// Work between two offers to let others have the thread, about a millisecond of it: a test of a record
  /// counts as 4, a byte of a document as 1.
  private static var workPerPiece: Int { 1 << 16 }

  /// Where the selected records are, in the order of insertion: `limit` of them after the first `offset`.
  func places(
    of selection: CompiledSelection, offset: Int = 0, limit: Int? = nil
  ) async throws(CollectionReadFailure) -> [Place] {
    inOrder(try await rows(of: selection), offset: offset, limit: limit)
  }

  /// All rows of live records that the selection leaves.
  func rows(of selection: CompiledSelection) async throws(CollectionReadFailure) -> SelectedRows {
    var rows = candidates(selection.ids)
    guard let filter = selection.filter else { return rows }
    do throws(SegmentError) {
      for index in segments.indices where !rows.segments[index].isEmpty {
        let segment = segments[index].segment
        rows.segments[index] = try await filter.rows(of: segment, among: rows.segments[index])
        try segment.checkIntegrity()
        try await letOthersRun()
      }
      rows.tail = try await tailRows(among: rows.tail, passing: filter)
    } catch {
      throw .segment(error)
    }
    return rows
  }

  private func candidates(_ ids: [Text]?) -> SelectedRows {
    guard let ids else {
      return SelectedRows(segments: segments.map(\.live), tail: tail.liveRows)
    }
    var rows = SelectedRows(
      segments: segments.map { RowSet(count: $0.segment.rowCount, filledWith: false) },
      tail: RowSet(count: tail.liveRows.count, filledWith: false))
    for id in ids {
      switch place(of: id) {
      case .tail(let row): rows.tail[row] = true
      case .segment(let index, let row): rows.segments[index][row] = true
      case nil: break
      }
    }
    return rows
  }

  private func tailRows(
    among candidates: RowSet, passing filter: CompiledFilter
  ) async throws(SegmentError) -> RowSet {
    let documents = filter.readsDocument ? try await segmentDocuments(of: candidates) : [:]
    var passing = candidates
    var work = 0
    for row in candidates {
      guard let record = tail.record(row) else { continue }
      let document: Text? =
        switch record.document {
        case .none: nil
        case .own(let text): text
        case .row: documents[row]
        }
      if !filter.matches(
        metadata: record.metadata, document: filter.readsDocument ? document : nil,
        uri: record.uri)
      {
        passing[row] = false
      }
      work += 8 + filter.testCount * 4
      if filter.readsDocument { work += document?.utf8Count ?? 0 }
      guard work >= Self.workPerPiece else { continue }
      work = 0
      try await letOthersRun()
    }
    return passing
  }

  /// The documents that records of the tail have in segments, by row of the tail.
  private func segmentDocuments(of rows: RowSet) async throws(SegmentError) -> [Int: Text] {
    var wanted = SegmentRows()
    for row in rows {
      if case .row(let segment, let from) = tail.record(row)?.document {
        wanted.add(segment, from, for: row)
      }
    }
    var found: [Int: Text] = [:]
    for (segment, rows, targets) in wanted.bySegment {
      for (target, document) in zip(targets, try await segment.documents(rows)) {
        found[target] = document
      }
    }
    return found
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
    let ordered = tail.rowsByOffset.filter { rows.tail[$0] }
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
  private var order: [UniqueID] = []
  private var rows: [UniqueID: (segment: Segment, rows: [Int], targets: [Int])] = [:]

  mutating func add(_ segment: Segment, _ row: Int, for target: Int) {
    if rows[segment.id] == nil { order.append(segment.id) }
    rows[segment.id, default: (segment, [], [])].rows.append(row)
    rows[segment.id, default: (segment, [], [])].targets.append(target)
  }

  var bySegment: [(segment: Segment, rows: [Int], targets: [Int])] {
    order.compactMap { rows[$0] }
  }
}
