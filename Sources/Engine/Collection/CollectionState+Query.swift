import FilterIndex
import HashTreeCollections
package import Model
import VectorIndex

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

extension CollectionState {
  /// Work between two offers to let others have the thread, about a millisecond of it: a test of a record
  /// counts as 4, a byte of a document as 1.
  private static var workPerPiece: Int { 1 << 16 }
  /// Records in one answer to a query, over all its vectors.
  private static var matchesMax: Int { 2_000_000 }

  /// The rows of the selected records, ascending, which is the order of insertion: `limit` of them after the
  /// first `offset`.
  func rows(
    of selection: CompiledSelection, offset: Int = 0, limit: Int? = nil
  ) async throws(CancellationError) -> [Int] {
    guard let ids = selection.ids else {
      return try await rows(
        among: liveRows, passing: selection.filter, offset: offset, limit: limit)
    }
    let candidates = Set(ids.compactMap { rowsByID[$0].map(Int.init) }).sorted()
    return try await rows(
      among: candidates, passing: selection.filter, offset: offset, limit: limit)
  }

  private func rows(
    among candidates: some Sequence<Int>, passing filter: CompiledFilter?, offset: Int,
    limit: Int?
  ) async throws(CancellationError) -> [Int] {
    var found: [Int] = []
    var toSkip = offset
    var work = 0
    let limit = limit ?? Int.max
    for row in candidates {
      guard found.count < limit else { break }
      if let filter {
        guard let record = records[row] else { continue }
        let isMatch = filter.matches(record)
        work += 8 + filter.testCount * 4
        if filter.readsDocument { work += record.document?.utf8Count ?? 0 }
        if work >= Self.workPerPiece {
          work = 0
          try await letOthersRun()
        }
        guard isMatch else { continue }
      }
      if toSkip > 0 { toSkip -= 1 } else { found.append(row) }
    }
    return found
  }

  package func get(_ request: GetRequest) async throws(EngineError) -> [RecordView] {
    let selection = try CompiledSelection(request.selection)
    do throws(CancellationError) {
      return try await rows(of: selection, offset: request.offset, limit: request.limit)
        .compactMap { view(row: $0, fields: request.fields) }
    } catch {
      throw .unavailable("the request was cancelled")
    }
  }

  package func query(
    _ request: QueryRequest, distance: Distance
  ) async throws(EngineError) -> [[QueryAnswer.Match]] {
    let selection = try CompiledSelection(request.selection)
    if let dimension {
      for embedding in request.embeddings where embedding.count != dimension {
        throw .dimensionMismatch(expected: dimension, got: embedding.count)
      }
    }
    let (matches, overflows) = request.embeddings.count.multipliedReportingOverflow(
      by: min(request.count, count))
    guard !overflows, matches <= Self.matchesMax else {
      throw .invalidArgument(
        "\(request.embeddings.count) query embeddings with \(min(request.count, count)) results each "
          + "are more than the \(Self.matchesMax) records that one answer may hold: ask for fewer at once"
      )
    }
    guard let vectors else { return request.embeddings.map { _ in [] } }
    do throws(CancellationError) {
      var searched = liveVectors
      if !selection.isEverything {
        searched = RowSet(count: vectors.count, filledWith: false)
        for row in try await rows(of: selection) {
          if let record = records[row] { searched[Int(record.vectorRow)] = true }
        }
      }
      let neighbours = try await ExactSearch.nearest(
        to: request.embeddings, in: vectors, rows: searched, count: request.count,
        distance: distance)
      return neighbours.map { list in
        list.compactMap { neighbour in
          let row = Int(recordOfVector[neighbour.row])
          return view(row: row, fields: request.fields).map {
            QueryAnswer.Match(record: $0, distance: neighbour.distance)
          }
        }
      }
    } catch {
      throw .unavailable("the request was cancelled")
    }
  }

  private func view(row: Int, fields: RecordFields) -> RecordView? {
    guard let record = records[row] else { return nil }
    let embedding = fields.contains(.embeddings) ? vectors?[Int(record.vectorRow)] : nil
    return RecordView(
      id: record.id, document: record.document, uri: record.uri, metadata: record.metadata,
      embedding: embedding)
  }

  private func letOthersRun() async throws(CancellationError) {
    await Task.yield()
    if Task.isCancelled { throw CancellationError() }
  }
}

extension CompiledFilter {
  func matches(_ record: StoredRecord) -> Bool {
    matches(
      metadata: record.metadata, document: readsDocument ? record.document : nil,
      uri: readsURI ? record.uri : nil)
  }
}
