import Model
import Segments
import VectorIndex

extension NearestRecords {
  /// What of the tail's own vectors is searched by codes.
  struct CodedTail {
    var places: [CodeSearch.CodedRows] = []
    /// Of the tail's column, the rows that are searched, and those of them that were looked at exactly.
    fileprivate(set) var searched = RowSet(count: 0, filledWith: false)
    fileprivate(set) var exact = RowSet(count: 0, filledWith: false)

    /// Those of the places.
    var rows: RowSet { searched.subtracting(exact) }
  }

  /// Looks at the tail's own vectors that have no codes, and makes codes where it is time for it, relative to one of those known if
  /// that fits.
  /// - Returns: The others, still to be looked at.
  mutating func look(
    into tail: Tail, _ rows: RowSet, known: () -> [CodeBasis]
  ) async throws(SegmentError) -> CodedTail {
    guard let vectors = tail.vectors else { return CodedTail() }
    var searched = tail.liveVectors
    if rows.memberCount < tail.count {
      searched = RowSet(count: vectors.count, filledWith: false)
      for row in rows {
        if case .own(let vectorRow) = tail.record(row)?.vector { searched[Int(vectorRow)] = true }
      }
    }
    var exact = searched
    var coded = CodedTail()
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
        coded.places.append(
          CodeSearch.CodedRows(
            codes: codes.codes, fine: codes.fine, rows: areAll ? nil : searched.part(rows),
            part: Self.tailPart - rows.lowerBound))
      }
    }
    if coded.places.isEmpty || !exact.isEmpty {
      try await lookExactly(at: exact, of: vectors, in: tail)
    }
    (coded.searched, coded.exact) = (searched, exact)
    return coded
  }

  /// Looks at vectors of the tail.
  mutating func lookExactly(
    at rows: RowSet, of vectors: VectorColumn, in tail: Tail
  ) async throws(SegmentError) {
    let lists = try await nearest(in: vectors, rows, orderedBy: tail)
    add(lists) { .tail(Int(tail.recordOfVector[$0])) }
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
