import CommitLog
package import Model
import Segments

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
    let (records, position) = try await read(try await handle(at: address), options) {
      state throws(CollectionReadFailure) in try await state.get(request)
    }
    return GetAnswer(records: records, logPosition: position)
  }

  package func query(
    _ request: QueryRequest, in address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> QueryAnswer {
    let entry = try await knownEntry(at: address)
    let handle = handle(for: entry.id, in: try await awaitStart())
    let (matches, position) = try await read(handle, options) {
      state throws(CollectionReadFailure) in
      try await state.query(request, distance: entry.definition.distance)
    }
    return QueryAnswer(matches: matches, logPosition: position)
  }

  package func count(
    in address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> CountAnswer {
    let snapshot = try await snapshot(of: try await handle(at: address), options)
    return CountAnswer(count: snapshot.state.count, logPosition: snapshot.position)
  }

  // MARK: Parts

  /// What `body` reads from a state of the collection. Where an object is missing that the state needs, a newer
  /// manifest may do without it: then once more, on the newest (S6).
  func read<Answer: Sendable>(
    _ handle: CollectionHandle, _ options: ReadOptions,
    _ body: (CollectionState) async throws(CollectionReadFailure) -> Answer
  ) async throws(EngineError) -> (Answer, UInt64) {
    do throws(CollectionReadFailure) {
      let snapshot = try await snapshotToRead(handle, options)
      return (try await body(snapshot.state), snapshot.position)
    } catch {
      guard error.isMissingObject else { throw error.engineError }
    }
    await handle.replica.moveOntoNewestManifest()
    do throws(CollectionReadFailure) {
      let snapshot = try await snapshotToRead(handle, options)
      return (try await body(snapshot.state), snapshot.position)
    } catch {
      throw error.engineError
    }
  }

  private func snapshotToRead(
    _ handle: CollectionHandle, _ options: ReadOptions
  ) async throws(CollectionReadFailure) -> LogSnapshot<CollectionState> {
    do throws(EngineError) {
      return try await snapshot(of: handle, options)
    } catch {
      throw .refused(error)
    }
  }

  /// Looked up in this server's catalog first, and in the bucket's only if it is not known there: an id never
  /// comes to mean another collection, and the log itself says whether it was deleted.
  private func handle(
    at address: CollectionAddress
  ) async throws(EngineError) -> CollectionHandle {
    handle(for: try await knownEntry(at: address).id, in: try await awaitStart())
  }

  func knownEntry(
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

  /// Numbers in all vectors of the collection, where it can be read without waiting for anything; nil where it was not read yet or
  /// memory is so short that parts of it may have to be read from a disk.
  package func componentsAtHand(of address: CollectionAddress) -> Int? {
    guard started.value?.catalog.snapshot?.state.entry(address) != nil,
      let state = openHandle(address.id)?.replica.snapshot?.state, !state.isSealed,
      !segments.isOverMemory
    else { return nil }
    return state.count * (state.dimension ?? 0)
  }
}
