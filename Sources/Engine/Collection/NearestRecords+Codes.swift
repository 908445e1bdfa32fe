import Model
import Segments
import VectorIndex

/// A segment whose codes are searched.
struct CodedPart {
  let index: Int
  let codes: CodeColumn
  /// Nil: all.
  let rows: RowSet?
  /// Whether these are all rows but some that were deleted.
  let isUnfiltered: Bool
}

extension NearestRecords {
  /// Looks at the codes of segments: first at those that are at hand, then at the others as they come from the bucket.
  mutating func look(
    at parts: [CodedPart], of segments: [SegmentPart]
  ) async throws(SegmentError) {
    var atHand: [CodeSearch.CodedRows] = []
    atHand.reserveCapacity(parts.count)
    var gathered: [(segment: Segment, piece: FinePiece)] = []
    gathered.reserveCapacity(parts.count)
    var toRead: [(part: CodedPart, segment: Segment, piece: FinePiece)] = []
    for part in parts {
      let segment = segments[part.index].segment
      if try await lookIntoClusters(of: segment, part) { continue }
      for piece in await segment.finePieces(rows: part.rows) {
        guard piece.isLocal else {
          toRead.append((part, segment, piece))
          continue
        }
        let fine = try await segment.fineCodes(of: piece)
        if piece.isKept {
          // They are looked at in one go, those of one segment while others' are on their way.
          atHand.append(
            CodeSearch.CodedRows(
              codes: part.codes, fine: fine, rows: part.rows, part: part.index,
              isUnfiltered: part.isUnfiltered))
          gathered.append((segment, piece))
        } else {
          try await scan(part.codes, fine, part.rows, part.index)
          segment.release(piece)
        }
      }
    }
    try await scan(atHand)
    // Memory may have become short meanwhile.
    for (segment, piece) in gathered { segment.release(piece) }
    guard !toRead.isEmpty, codeSearch.isUndecided.contains(false) else { return }
    let reads = toRead.map { (segment: $0.segment, piece: $0.piece) }
    try await forEachRead(reads.count) { index throws(SegmentError) in
      try await reads[index].segment.fineCodes(of: reads[index].piece)
    } use: { index, fine throws(SegmentError) in
      let part = toRead[index].part
      try await scan(part.codes, fine, part.rows, part.index)
    }
  }

  /// Looks at the codes of few clusters instead of all.
  /// - Returns: Whether that was possible.
  private mutating func lookIntoClusters(
    of segment: Segment, _ part: CodedPart
  ) async throws(SegmentError) -> Bool {
    // What a filter leaves may all be in clusters that are far away.
    guard part.isUnfiltered, let (clusters, fine) = try segment.clustersAtHand(),
      codeSearch.prepare(for: part.codes)
    else { return false }
    do throws(CancellationError) {
      return try await codeSearch.scan(
        clusters, fine, rows: part.rows, part: part.index, effort: effort)
    } catch {
      throw .cancelled
    }
  }

  mutating func scan(
    _ codes: CodeColumn, _ fine: FineCodes, _ rows: RowSet?, _ part: Int
  ) async throws(SegmentError) {
    try await scan([CodeSearch.CodedRows(codes: codes, fine: fine, rows: rows, part: part)])
  }

  /// Bases may alternate between places, each of which was searchable when it was chosen.
  mutating func scan(_ places: [CodeSearch.CodedRows]) async throws(SegmentError) {
    do throws(CancellationError) {
      try await codeSearch.scan(places)
    } catch {
      throw .cancelled
    }
  }

  /// A candidate whose vector is to be looked at.
  private struct Target {
    let query: Int
    let part: Int
    let row: Int
  }

  /// Some candidates in one segment.
  private struct Batch: Sendable {
    let segment: Segment
    let rows: [Int]
    /// Per row which target it is.
    let targets: [Int]
  }

  private static var prefetchedMax: Int { 64 }
  /// Vectors that are read from a segment together.
  private static var rowsPerBatch: Int { 1024 }

  /// Looks at the vectors that the codes left, in all segments at the same time.
  mutating func lookAtCandidates(
    _ segments: [SegmentPart], _ tail: Tail
  ) async throws(SegmentError) {
    var wanted = SegmentRows()
    var targets: [Target] = []
    let found = codeSearch.candidates()
    targets.reserveCapacity(found.reduce(0) { $0 + $1.count })
    for (query, candidates) in found.enumerated() {
      self.found[query].reserveCapacity(self.found[query].count + candidates.count)
      for candidate in candidates {
        if candidate.part <= Self.tailPart {
          look(at: Self.tailPart - candidate.part + candidate.row, of: tail, for: query)
        } else {
          let segment = segments[candidate.part].segment
          // Nearly all are in the answer, and their texts are wanted next.
          if targets.count < Self.prefetchedMax { segment.prefetchRanges(candidate.row) }
          wanted.add(segment, candidate.row, for: targets.count)
          targets.append(Target(query: query, part: candidate.part, row: candidate.row))
        }
      }
    }
    var toRead: [Batch] = []
    for (segment, rows, indices) in wanted.bySegment {
      for start in stride(from: 0, to: rows.count, by: Self.rowsPerBatch) {
        let range = start..<min(start + Self.rowsPerBatch, rows.count)
        let batch = Batch(
          segment: segment, rows: Array(rows[range]), targets: Array(indices[range]))
        guard segment.hasVectorsAtHand else {
          toRead.append(batch)
          continue
        }
        let areAtHand = segment.forEachVectorAtHand(batch.rows) { index, vector in
          look(at: vector, of: targets[batch.targets[index]], segments)
        }
        if !areAtHand {
          look(at: try await segment.vectors(batch.rows), of: batch, targets, segments)
        }
        guard range.upperBound < rows.count else { continue }
        await Task.yield()
        if Task.isCancelled { throw .cancelled }
      }
    }
    guard !toRead.isEmpty else { return }
    let reads = toRead
    try await forEachRead(reads.count) { index throws(SegmentError) in
      try await reads[index].segment.vectors(reads[index].rows)
    } use: { index, vectors throws(SegmentError) in
      look(at: vectors, of: reads[index], targets, segments)
    }
  }

  private mutating func look(
    at vectors: [[Float]], of batch: Batch, _ targets: [Target], _ segments: [SegmentPart]
  ) {
    for (vector, index) in zip(vectors, batch.targets) {
      vector.withUnsafeBufferPointer { look(at: $0, of: targets[index], segments) }
    }
  }

  private mutating func look(
    at vector: UnsafeBufferPointer<Float>, of target: Target, _ segments: [SegmentPart]
  ) {
    let exact = queries[target.query].withUnsafeBufferPointer {
      ExactDistances.from($0, to: vector, distance: distance)
    }
    let place = segments[target.part].place(of: target.row, in: target.part)
    found[target.query].append(Found(place: place, distance: exact))
  }
}

/// Does several reads, a few at a time, and calls `use` with what they read, in whatever order it comes.
private func forEachRead<Value: Sendable>(
  _ count: Int, read: @escaping @Sendable (Int) async throws(SegmentError) -> Value,
  use: (Int, Value) async throws(SegmentError) -> Void
) async throws(SegmentError) {
  let readsAtOnceMax = 4
  let failure = await withTaskGroup(
    of: (Int, Result<Value, SegmentError>).self, returning: SegmentError?.self
  ) { group in
    var started = 0
    func start() {
      let index = started
      started += 1
      group.addTask {
        do throws(SegmentError) {
          return (index, .success(try await read(index)))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    while started < min(count, readsAtOnceMax) { start() }
    while let (index, result) = await group.next() {
      if started < count { start() }
      do throws(SegmentError) {
        try await use(index, try result.get())
      } catch {
        group.cancelAll()
        return error
      }
    }
    return nil
  }
  if let failure { throw failure }
}
