package import Model
import Segments
import VectorIndex

extension CollectionState {
  /// Records in one answer to a query, over all its vectors.
  private static var matchesMax: Int { 2_000_000 }

  package func get(_ request: GetRequest) async throws(CollectionReadFailure) -> [RecordView] {
    let selection: CompiledSelection
    do throws(EngineError) {
      selection = try CompiledSelection(request.selection)
    } catch {
      throw .refused(error)
    }
    let places = try await places(
      of: selection, offset: request.offset, limit: request.limit)
    return try await views(of: places, fields: request.fields)
  }

  package func query(
    _ request: QueryRequest, distance: Distance
  ) async throws(CollectionReadFailure) -> [[QueryAnswer.Match]] {
    let selection: CompiledSelection
    do throws(EngineError) {
      selection = try CompiledSelection(request.selection)
      try check(request)
    } catch {
      throw .refused(error)
    }
    let nearest = try await nearest(to: request, distance, among: selection)
    let views = try await views(of: nearest.joined().map(\.place), fields: request.fields)
    var next = 0
    return nearest.map { list in
      list.map { found in
        defer { next += 1 }
        return QueryAnswer.Match(record: views[next], distance: found.distance)
      }
    }
  }

  private func check(_ request: QueryRequest) throws(EngineError) {
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
  }

  // MARK: Payload

  /// The records at the places, with those parts that are asked for; what is not at hand is read from the segments,
  /// in one go each.
  func views(
    of places: [Place], fields: RecordFields
  ) async throws(CollectionReadFailure) -> [RecordView] {
    guard let executor = LongWork.executor,
      byteCount(of: places, fields) >= LongWork.bytesMin
    else { return try await readViews(of: places, fields: fields) }
    return try await withTaskExecutorPreference(executor) {
      () async throws(CollectionReadFailure) in
      // The preference holds from the first suspension on.
      await Task.yield()
      return try await readViews(of: places, fields: fields)
    }
  }

  /// About so many bytes are to be read.
  private func byteCount(of places: [Place], _ fields: RecordFields) -> Int {
    var bytes = fields.contains(.embeddings) ? places.count * (dimension ?? 0) * 4 : 0
    let hasDocuments = fields.contains(.documents)
    prefetch(places) { $0.prefetchRanges($1) }
    for place in places {
      switch place {
      case .segment(let part, let row):
        bytes += segments[part].segment.byteCount(of: row, withDocument: hasDocuments)
      case .tail(let row):
        guard hasDocuments else { continue }
        switch tail.record(row)?.document {
        case .own(let text): bytes += text.utf8Count
        case .row(let segment, let row): bytes += segment.documentBytes(row)
        case .some(.none), nil: break
        }
      }
    }
    return bytes
  }

  /// Has parts of the first records brought into the cache. They are far apart, and come at the same time so.
  private func prefetch(_ places: [Place], _ part: (Segment, Int) -> Void) {
    let placesMax = 256
    for case .segment(let index, let row) in places.prefix(placesMax) {
      part(segments[index].segment, row)
    }
  }

  private func readViews(
    of places: [Place], fields: RecordFields
  ) async throws(CollectionReadFailure) -> [RecordView] {
    var documents = [Text?](repeating: nil, count: places.count)
    var embeddings = [[Float]?](repeating: nil, count: places.count)
    do throws(SegmentError) {
      if fields.contains(.documents) { try await read(&documents, of: places) }
      if fields.contains(.embeddings) { try await read(&embeddings, of: places) }
    } catch {
      throw .segment(error)
    }
    prefetch(places) { $0.prefetchTexts($1) }
    var views: [RecordView] = []
    views.reserveCapacity(places.count)
    for (index, place) in places.enumerated() {
      switch place {
      case .tail(let row):
        guard let record = tail.record(row) else { continue }
        views.append(
          RecordView(
            id: record.id, document: documents[index], uri: record.uri,
            metadata: .values(record.metadata), embedding: embeddings[index]))
      case .segment(let part, let row):
        let segment = segments[part].segment
        views.append(
          RecordView(
            id: segment.id(row), document: documents[index], uri: segment.uri(row),
            metadata: fields.isDisjoint(with: [.metadatas, .uris])
              ? .values(Metadata()) : segment.storedMetadata(row),
            embedding: embeddings[index]))
      }
    }
    do throws(SegmentError) {
      // What was found wrong on the way is no answer.
      for part in segments { try part.segment.checkIntegrity() }
    } catch {
      throw .segment(error)
    }
    return views
  }

  private func read(
    _ documents: inout [Text?], of places: [Place]
  ) async throws(SegmentError) {
    var wanted = SegmentRows()
    for (index, place) in places.enumerated() {
      switch place {
      case .segment(let part, let row): wanted.add(segments[part].segment, row, for: index)
      case .tail(let row):
        switch tail.record(row)?.document {
        case .own(let text): documents[index] = text
        case .row(let segment, let row): wanted.add(segment, row, for: index)
        case .some(.none), nil: break
        }
      }
    }
    for (segment, rows, targets) in wanted.bySegment {
      for (target, document) in zip(targets, try await segment.documents(rows)) {
        documents[target] = document
      }
    }
  }

  private func read(
    _ embeddings: inout [[Float]?], of places: [Place]
  ) async throws(SegmentError) {
    var wanted = SegmentRows()
    for (index, place) in places.enumerated() {
      switch place {
      case .segment(let part, let row): wanted.add(segments[part].segment, row, for: index)
      case .tail(let row):
        switch tail.record(row)?.vector {
        case .own(let vectorRow): embeddings[index] = tail.vectors?[Int(vectorRow)]
        case .row(let segment, let row): wanted.add(segment, row, for: index)
        case nil: break
        }
      }
    }
    for (segment, rows, targets) in wanted.bySegment {
      for (target, vector) in zip(targets, try await segment.vectors(rows)) {
        embeddings[target] = vector
      }
    }
  }
}
