import CommitLog
package import Model

extension Engine {
  /// Inserts the records whose ids are not there yet; each must have a vector.
  package func add(
    _ batch: RecordBatch, to address: CollectionAddress
  ) async throws(EngineError) -> WriteAnswer {
    try requireVectors(batch)
    return try await write(.add(batch), batch, address)
  }

  /// Inserts records, or changes those that are there; each must have a vector.
  package func upsert(
    _ batch: RecordBatch, to address: CollectionAddress
  ) async throws(EngineError) -> WriteAnswer {
    try requireVectors(batch)
    return try await write(.upsert(batch), batch, address)
  }

  /// Changes the records that are there; the others' ids are passed over.
  package func update(
    _ batch: RecordBatch, in address: CollectionAddress
  ) async throws(EngineError) -> WriteAnswer {
    try await write(.update(batch), batch, address)
  }

  package func delete(
    _ request: DeleteRequest, from address: CollectionAddress
  ) async throws(EngineError) -> DeleteAnswer {
    let handle = try await handle(at: address)
    let selection = try CompiledSelection(request.selection)
    if selection.isEverything || (selection.ids?.isEmpty ?? false) {
      let position = try await snapshot(of: handle, ReadOptions()).position
      return DeleteAnswer(deleted: 0, logPosition: position)
    }
    let committed = try await submit(
      .delete(RecordDeletion(selection, limit: request.limit)), to: handle)
    guard case .deleted(let count) = committed.outcome else {
      throw .damaged("the collection gave no count for a deletion")
    }
    let isByIDsAlone = selection.filter == nil && request.limit == nil
    return DeleteAnswer(
      deleted: isByIDsAlone ? (selection.ids?.count ?? count) : count,
      logPosition: committed.position)
  }

  package func get(
    _ request: GetRequest, from address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> GetAnswer {
    let snapshot = try await snapshot(of: try await handle(at: address), options)
    return GetAnswer(
      records: try await snapshot.state.get(request), logPosition: snapshot.position)
  }

  package func query(
    _ request: QueryRequest, in address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> QueryAnswer {
    let entry = try await knownEntry(at: address)
    let handle = handle(for: entry.id, in: try await awaitStart())
    let snapshot = try await snapshot(of: handle, options)
    return QueryAnswer(
      matches: try await snapshot.state.query(request, distance: entry.definition.distance),
      logPosition: snapshot.position)
  }

  package func count(
    in address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> CountAnswer {
    let snapshot = try await snapshot(of: try await handle(at: address), options)
    return CountAnswer(count: snapshot.state.count, logPosition: snapshot.position)
  }

  // MARK: Parts

  /// Looked up in this server's catalog first, and in the bucket's only if it is not known there: an id never
  /// comes to mean another collection, and the log itself says whether it was deleted.
  private func handle(
    at address: CollectionAddress
  ) async throws(EngineError) -> CollectionHandle {
    handle(for: try await knownEntry(at: address).id, in: try await awaitStart())
  }

  private func knownEntry(
    at address: CollectionAddress
  ) async throws(EngineError) -> CatalogEntry {
    if let entry = try await awaitStart().catalog.snapshot?.state.entry(address) { return entry }
    return try await entry(at: address, ReadOptions())
  }

  private func write(
    _ command: CollectionCommand, _ batch: RecordBatch, _ address: CollectionAddress
  ) async throws(EngineError) -> WriteAnswer {
    let handle = try await handle(at: address)
    guard batch.count > 0 else {
      return WriteAnswer(logPosition: try await snapshot(of: handle, ReadOptions()).position)
    }
    return WriteAnswer(logPosition: try await submit(command, to: handle).position)
  }

  private func requireVectors(_ batch: RecordBatch) throws(EngineError) {
    guard batch.count > 0 else { return }
    guard let embeddings = batch.embeddings, embeddings.slots == nil,
      embeddings.count == batch.count
    else { throw .invalidArgument("each of the \(batch.count) records needs an embedding") }
  }
}
