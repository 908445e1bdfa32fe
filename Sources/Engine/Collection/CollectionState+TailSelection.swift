import FilterIndex
import Model
import Segments

extension CollectionState {
  /// Work between two offers to let others have the thread, about a millisecond of it: a test of a record
  /// counts as 4, a byte of a document as 1.
  private static var workPerPiece: Int { 1 << 16 }

  /// The candidates in the tail that pass: by the indexes of its chunks where there are some, else one by one.
  func tailRows(
    among candidates: RowSet, passing filter: CompiledFilter
  ) async throws(SegmentError) -> RowSet {
    var passing = RowSet(count: candidates.count, filledWith: false)
    var rest = candidates
    var hasMadeIndex = false
    for chunk in 0..<tail.records.fullChunkCount {
      let first = chunk * ChunkedArray<TailRecord?>.chunkCapacity
      let members = candidates.part(first..<first + ChunkedArray<TailRecord?>.chunkCapacity)
      guard members.memberCount >= Self.indexedRowsMin else { continue }
      guard let index = tail.indexes.index(of: chunk) else {
        if !hasMadeIndex, tail.indexes.noteSearch(of: chunk) {
          hasMadeIndex = true
          makeIndex(of: chunk)
        }
        continue
      }
      let indexed = members.subtracting(changedRows(of: chunk, since: index))
      for row in try await filter.rows(of: index, among: indexed) { passing[first + row] = true }
      for row in indexed { rest[first + row] = false }
      try await letOthersRun()
    }
    passing.formUnion(try await tailRows(oneByOne: rest, passing: filter))
    return passing
  }

  /// Fewer rows of a chunk are looked at as fast one by one.
  private static var indexedRowsMin: Int { 32 }

  /// A chunk whose documents have more is looked at record by record: an index of it would hold a thread for long.
  private static var indexedBytesMax: Int { 4 << 20 }

  private func makeIndex(of chunk: Int) {
    // The process's own random seed, so that nobody can choose words that collide.
    let seed = UInt64(bitPattern: Int64(Hasher().finalize()))
    let records = tail.records.chunk(chunk)
    guard TailChunkIndex.documentBytes(of: records) <= Self.indexedBytesMax else { return }
    guard let index = try? TailChunkIndex(records, seed: seed) else { return }
    tail.indexes.set(index, of: chunk)
  }

  /// Rows of a chunk that its index does not know.
  private func changedRows(of chunk: Int, since index: TailChunkIndex) -> RowSet {
    var changed = index.unindexed
    guard !tail.records.isUnchanged(chunk, since: index.records) else { return changed }
    var count = 0
    for (row, (now, then)) in zip(tail.records.chunk(chunk), index.records).enumerated()
    where now !== then {
      changed[row] = true
      count += 1
    }
    tail.indexes.noteChanges(count, of: chunk)
    return changed
  }

  private func tailRows(
    oneByOne candidates: RowSet, passing filter: CompiledFilter
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
}
