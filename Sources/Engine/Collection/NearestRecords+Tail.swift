import Model
import Segments
import VectorIndex

extension NearestRecords {
  /// Looks at the tail's own vectors that have no codes, and makes codes where it is time for it, relative to one of those known if
  /// that fits.
  /// - Returns: The others, still to be looked at.
  mutating func look(
    into tail: Tail, _ rows: RowSet, known: () -> [CodeBasis]
  ) async throws(SegmentError) -> [CodeSearch.CodedRows] {
    guard let vectors = tail.vectors else { return [] }
    var searched = tail.liveVectors
    if rows.memberCount < tail.count {
      searched = RowSet(count: vectors.count, filledWith: false)
      for row in rows {
        if case .own(let vectorRow) = tail.record(row)?.vector { searched[Int(vectorRow)] = true }
      }
    }
    var exact = searched
    var coded: [CodeSearch.CodedRows] = []
    if !isExactFaster(searched.memberCount, of: vectors.count) {
      for chunk in vectors.codableChunks {
        let codes = vectors.codes(of: chunk)
        if codes?.count ?? 0 < chunk.count, !hasMadeCodes, vectors.noteSearch(of: chunk) {
          try await makeCodes(of: chunk, in: vectors, known())
        }
        guard let codes, codeSearch.prepare(for: codes.codes) else { continue }
        let rows = chunk.prefix(codes.count)
        exact.remove(rows)
        guard searched.hasMember(in: rows) else { continue }
        // Another copy of the tail may have gone on, and the codes with it.
        let areAll = rows.count == codes.count && searched.hasEveryMember(in: rows)
        coded.append(
          CodeSearch.CodedRows(
            codes: codes.codes, fine: codes.fine, rows: areAll ? nil : searched.part(rows),
            part: Self.tailPart - rows.lowerBound))
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

  /// Makes codes of a chunk of the tail, whose rows have been searched exactly several times: of one chunk per search, so
  /// that no query waits for long.
  private mutating func makeCodes(
    of chunk: Range<Int>, in vectors: VectorColumn, _ known: [CodeBasis]
  ) async throws(SegmentError) {
    hasMadeCodes = true
    let others = vectors.codableChunks.lazy.compactMap { vectors.codes(of: $0)?.codes.basis }
    do throws(CancellationError) {
      try await vectors.makeCodes(
        of: chunk, distance: distance, among: known + others.prefix(1))
    } catch {
      throw .cancelled
    }
  }

  /// Looks at a vector of the tail that the codes left.
  mutating func look(at vectorRow: Int, of tail: Tail, for query: Int) {
    guard let vector = tail.vectors?[vectorRow] else { return }
    let exact = ExactDistances.from(queries[query], to: vector, distance: distance)
    let place = CollectionState.Place.tail(Int(tail.recordOfVector[vectorRow]))
    found[query].append(Found(place: place, distance: exact))
  }
}
