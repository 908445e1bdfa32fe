import Model
import Segments
import VectorIndex

extension NearestRecords {
  /// Rows of the tail whose codes are searched, and which of them may be in the answer.
  struct CodedTailRows {
    let first: Int
    let codes: ChunkCodes
    let rows: RowSet
  }

  /// Looks at the tail's own vectors that have no codes, and makes codes where it is time for it.
  /// - Returns: The others, still to be looked at.
  mutating func look(
    into tail: Tail, _ rows: RowSet, known: [CodeBasis]
  ) async throws(SegmentError) -> [CodedTailRows] {
    guard let vectors = tail.vectors else { return [] }
    var searched = tail.liveVectors
    if rows.memberCount < tail.count {
      searched = RowSet(count: vectors.count, filledWith: false)
      for row in rows {
        if case .own(let vectorRow) = tail.record(row)?.vector { searched[Int(vectorRow)] = true }
      }
    }
    var exact = searched
    var coded: [CodedTailRows] = []
    if !isExactFaster(searched.memberCount, of: vectors.count) {
      for chunk in vectors.codableChunks {
        guard let codes = try await codes(of: chunk, in: vectors, known) else { continue }
        let rows = chunk.prefix(codes.count)
        exact.remove(rows)
        guard searched.hasMember(in: rows) else { continue }
        coded.append(
          CodedTailRows(first: rows.lowerBound, codes: codes, rows: searched.part(rows)))
      }
    }
    if coded.isEmpty || !exact.isEmpty {
      let lists = try await nearest(in: vectors, exact, orderedBy: tail)
      add(lists) { .tail(Int(tail.recordOfVector[$0])) }
    }
    return coded
  }

  /// The nearest of the tail's rows; where their order is not that of the offsets, with all that are as near as the
  /// last, so that the offsets can decide among them.
  private func nearest(
    in vectors: VectorColumn, _ rows: RowSet, orderedBy tail: Tail
  ) async throws(SegmentError) -> [[Neighbour]] {
    let memberCount = rows.memberCount
    var kept = count
    while true {
      let lists = try await nearest(in: vectors, rows, kept: kept)
      let isDecided = lists.allSatisfy { list in
        guard list.count >= kept, count <= list.count, let last = list.last else { return true }
        return kept > count && list[count - 1].distance < last.distance
      }
      if tail.vectorsFollowOffsets || isDecided || kept >= memberCount { return lists }
      kept = min(kept * 2 + 16, memberCount)
    }
  }

  /// Parts from this one down are of the tail: this less the row at which the part's rows begin.
  static let tailPart = -1

  /// The codes of a chunk of the tail, where the queries can be answered with them. Rows that have been searched exactly
  /// several times get some: those of one chunk per search, so that no query waits for long.
  private mutating func codes(
    of chunk: Range<Int>, in vectors: VectorColumn, _ known: [CodeBasis]
  ) async throws(SegmentError) -> ChunkCodes? {
    let codes = vectors.codes(of: chunk)
    let usable = codes.flatMap { codeSearch.prepare(for: $0.codes.basis) ? $0 : nil }
    if let codes, codes.count >= chunk.count { return usable }
    guard !hasMadeCodes, vectors.noteSearch(of: chunk) else { return usable }
    hasMadeCodes = true
    let others = vectors.codableChunks.lazy.compactMap { vectors.codes(of: $0)?.codes.basis }
    do throws(CancellationError) {
      try await vectors.makeCodes(
        of: chunk, distance: distance, among: known + others.prefix(1))
    } catch {
      throw .cancelled
    }
    return usable
  }

  /// Looks at a vector of the tail that the codes left.
  mutating func look(at vectorRow: Int, of tail: Tail, for query: Int) {
    guard let vector = tail.vectors?[vectorRow] else { return }
    let exact = ExactDistances.from(queries[query], to: vector, distance: distance)
    let place = CollectionState.Place.tail(Int(tail.recordOfVector[vectorRow]))
    found[query].append(Found(place: place, distance: exact))
  }
}
