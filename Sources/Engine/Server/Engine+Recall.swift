import CommitLog
import Model

extension Engine {
  /// What the collection is, as far as it is known to this server without asking its log.
  package func definition(
    of address: CollectionAddress
  ) async throws(EngineError) -> CollectionDefinition {
    try await knownEntry(at: address).definition
  }

  /// Searches for some of the collection's own vectors, as a query does and exactly, and compares what is found.
  package func recall(
    _ request: RecallRequest, of address: CollectionAddress, options: ReadOptions
  ) async throws(EngineError) -> RecallAnswer {
    let entry = try await knownEntry(at: address)
    let handle = handle(for: entry.id, in: try await awaitStart())
    let (answer, position) = try await read(handle, options) {
      state throws(CollectionReadFailure) in
      try await state.measureRecall(
        request, distance: entry.definition.distance, clock: clock)
    }
    var whole = answer
    whole.logPosition = position
    return whole
  }
}
