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
  private var found: [[Found]]
  private var codeSearch: CodeSearch
  private var hasMadeCodes = false

  init(queries: [[Float]], count: Int, distance: Distance) {
    self.queries = queries
    self.count = count
    self.distance = distance
    found = queries.map { _ in [] }
    codeSearch = CodeSearch(queries: queries, count: count, distance: distance)
  }

  /// Looks at all selected records. What is looked at exactly comes first, and then the largest segments: the codes
  /// of the rest are the sooner known to be too far away.
  mutating func look(
    into segments: [SegmentPart], _ tail: Tail, _ rows: SelectedRows
  ) async throws(SegmentError) {
    let order = segments.indices.sorted { a, b in
      let (a, b) = (segments[a].segment, segments[b].segment)
      return (a.codes == nil ? 0 : 1, b.rowCount) < (b.codes == nil ? 0 : 1, a.rowCount)
    }
    try await look(
      into: tail, rows.tail, known: order.compactMap { segments[$0].segment.codes?.basis })
    for index in order { try await look(into: segments[index], index, rows) }
    try await lookAtCandidates(segments, tail)
  }

  /// Looks at the vectors of a segment's selected rows, and at those that belong to selected records of the tail.
  private mutating func look(
    into part: SegmentPart, _ index: Int, _ rows: SelectedRows
  ) async throws(SegmentError) {
    var searched = rows.segments[index]
    for (row, tailRow) in part.forwarded where rows.tail[Int(tailRow)] {
      searched[Int(row)] = true
    }
    guard !searched.isEmpty, !queries.isEmpty, count > 0 else { return }
    let memberCount = searched.memberCount
    let isAll = memberCount == searched.count
    if let codes = part.segment.codes, !isExactFaster(memberCount, of: searched.count),
      codeSearch.prepare(for: codes.basis)
    {
      return try await look(
        at: codes, of: part.segment, index, isAll ? nil : searched)
    }
    var pieces: [(Range<Int>, [[Neighbour]])] = []
    try await part.segment.forEachVectorPiece(rows: isAll ? nil : searched) {
      range, column throws(SegmentError) in
      let isWhole = range == 0..<searched.count
      let piece = isAll ? nil : isWhole ? searched : searched.piece(range)
      pieces.append((range, try await nearest(in: column, piece)))
    }
    for (range, lists) in pieces {
      add(lists) { part.place(of: $0 + range.lowerBound, in: index) }
    }
  }

  /// Few rows are looked at faster one by one, and where most are wanted, codes rule out none.
  private func isExactFaster(_ memberCount: Int, of rowCount: Int) -> Bool {
    memberCount <= max(Self.exactRowsMax, rowCount / 40) || count > memberCount / 16
  }

  private static let exactRowsMax = 1000

  private mutating func look(
    at codes: CodeColumn, of segment: Segment, _ index: Int, _ rows: RowSet?
  ) async throws(SegmentError) {
    var search = codeSearch
    try await segment.forEachFinePiece(rows: rows) { fine throws(SegmentError) in
      do throws(CancellationError) {
        try await search.scan(codes, fine, rows: rows, part: index)
      } catch {
        throw .cancelled
      }
    }
    codeSearch = search
  }

  /// Looks at the vectors that the codes left.
  private mutating func lookAtCandidates(
    _ segments: [SegmentPart], _ tail: Tail
  ) async throws(SegmentError) {
    var wanted = SegmentRows()
    var targets: [(query: Int, part: Int, row: Int)] = []
    for (query, candidates) in codeSearch.candidates().enumerated() {
      for candidate in candidates {
        guard candidate.part > Self.tailPart else {
          let row = Self.tailPart - candidate.part + candidate.row
          let vector = tail.vectors?[row] ?? []
          let exact = ExactDistances.from(queries[query], to: vector, distance: distance)
          let place = CollectionState.Place.tail(Int(tail.recordOfVector[row]))
          found[query].append(Found(place: place, distance: exact))
          continue
        }
        wanted.add(segments[candidate.part].segment, candidate.row, for: targets.count)
        targets.append((query, candidate.part, candidate.row))
      }
    }
    for (segment, rows, indices) in wanted.bySegment {
      for start in stride(from: 0, to: rows.count, by: Self.rowsPerBatch) {
        let batch = start..<min(start + Self.rowsPerBatch, rows.count)
        let vectors = try await segment.vectors(Array(rows[batch]))
        for (vector, index) in zip(vectors, indices[batch]) {
          let target = targets[index]
          let exact = ExactDistances.from(queries[target.query], to: vector, distance: distance)
          let place = segments[target.part].place(of: target.row, in: target.part)
          found[target.query].append(Found(place: place, distance: exact))
        }
        if batch.upperBound < rows.count { await Task.yield() }
        if Task.isCancelled { throw .cancelled }
      }
    }
  }

  /// Vectors that are read from a segment together.
  private static let rowsPerBatch = 1024

  /// Looks at the tail's own vectors: by codes where there are some, else exactly.
  private mutating func look(
    into tail: Tail, _ rows: RowSet, known: [CodeBasis]
  ) async throws(SegmentError) {
    guard let vectors = tail.vectors, !queries.isEmpty, count > 0 else { return }
    var searched = tail.liveVectors
    if rows.memberCount < tail.count {
      searched = RowSet(count: vectors.count, filledWith: false)
      for row in rows {
        if case .own(let vectorRow) = tail.record(row)?.vector { searched[Int(vectorRow)] = true }
      }
    }
    var exact = searched
    var coded: [(chunk: Range<Int>, codes: ChunkCodes)] = []
    if !isExactFaster(searched.memberCount, of: vectors.count) {
      for chunk in vectors.codableChunks {
        guard let codes = try await codes(of: chunk, in: vectors, known) else { continue }
        coded.append((chunk, codes))
        exact.remove(chunk)
      }
    }
    if coded.isEmpty || !exact.isEmpty {
      let lists = try await nearest(in: vectors, exact)
      add(lists) { .tail(Int(tail.recordOfVector[$0])) }
    }
    for (chunk, codes) in coded where searched.hasMember(in: chunk) {
      guard codeSearch.prepare(for: codes.codes.basis) else { continue }
      do throws(CancellationError) {
        try await codeSearch.scan(
          codes.codes, codes.fine, rows: searched.words(of: chunk),
          part: Self.tailPart - chunk.lowerBound)
      } catch {
        throw .cancelled
      }
    }
  }

  /// Parts from this one down are of the tail: this less the row at which the part's rows begin.
  private static let tailPart = -1

  /// The codes of a chunk of the tail, where the queries can be answered with them. One that has been searched exactly
  /// several times gets some: one chunk per search, so that no query waits for long.
  private mutating func codes(
    of chunk: Range<Int>, in vectors: VectorColumn, _ known: [CodeBasis]
  ) async throws(SegmentError) -> ChunkCodes? {
    if let codes = vectors.codes(of: chunk) {
      return codeSearch.prepare(for: codes.codes.basis) ? codes : nil
    }
    guard !hasMadeCodes, vectors.noteSearch(of: chunk) else { return nil }
    hasMadeCodes = true
    let others = vectors.codableChunks.lazy.compactMap { vectors.codes(of: $0)?.codes.basis }
    do throws(CancellationError) {
      try await vectors.makeCodes(
        of: chunk, distance: distance, among: known + others.prefix(1))
    } catch {
      throw .cancelled
    }
    return nil
  }

  private func nearest(
    in column: VectorColumn, _ rows: RowSet?
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
    codeSearch.note(lists)
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

extension SegmentPart {
  /// Where the record is whose vector the row has.
  fileprivate func place(of row: Int, in index: Int) -> CollectionState.Place {
    if let tailRow = forwarded[UInt32(row)] { return .tail(Int(tailRow)) }
    return .segment(index, row: row)
  }
}

extension RowSet {
  /// The rows of a range that begins and ends at multiples of 64, counted from its beginning.
  fileprivate func words(of range: Range<Int>) -> RowSet {
    let covered = (range.lowerBound / 64..<range.upperBound / 64).clamped(to: words.indices)
    return RowSet(count: range.count, words: Array(words[covered]))
  }

  /// The rows of a range, counted from its beginning.
  fileprivate func piece(_ range: Range<Int>) -> RowSet {
    var piece = RowSet(count: range.count, filledWith: false)
    forEachMember(in: range) { piece[$0 - range.lowerBound] = true }
    return piece
  }
}
