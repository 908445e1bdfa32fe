import CommitLog
import Synchronization

extension EngineError {
  init(_ failure: LogFailure<EngineError>) {
    switch failure {
    case .rejected(let rejection): self = rejection
    case .tooLarge(let bytes, let bytesMax):
      self = .invalidArgument(
        "the request takes \(bytes) bytes in the log, more than the \(bytesMax) that are possible: "
          + "send it in parts")
    case .notApplied(let reason): self = .unavailable(reason)
    case .overloaded(let reason): self = .overloaded(reason)
    case .outcomeUnknown(let reason): self = .outcomeUnknown(reason)
    case .fault(.damaged(let reason)): self = .damaged(reason)
    case .fault(.newerFormat(let reason)): self = .newerFormat(reason)
    }
  }
}

extension EngineError {
  /// A handle is closed only once its collection was deleted and its log ended.
  init(_ failure: LogFailure<EngineError>, _ handle: CollectionHandle) {
    self.init(failure)
    if case .unavailable = self, handle.isClosed { self = .collectionIDNotFound(handle.id) }
  }
}

extension Engine {
  /// The catalog and header, once the start has come so far.
  func awaitStart() async throws(EngineError) -> Started {
    if let value = started.value { return value }
    if let value = await started.wait(deadline: configuration.requestDeadline) { return value }
    throw .unavailable("the server is starting: \(progress.withLock { $0.startingReason })")
  }

  /// Returns once this server may write.
  func awaitProbe() async throws(EngineError) {
    if probed.value != nil { return }
    if await probed.wait(deadline: configuration.requestDeadline) != nil { return }
    throw .unavailable("the server is starting: \(progress.withLock { $0.startingReason })")
  }

  func catalogSnapshot(
    _ started: Started, refreshed: Bool
  ) async throws(EngineError) -> LogSnapshot<CatalogState> {
    do throws(LogFailure<EngineError>) {
      guard refreshed else {
        return try await started.catalog.waitUntilReady(deadline: configuration.requestDeadline)
      }
      let snapshot = try await started.catalog.refresh(
        deadline: configuration.requestDeadline)
      reconcile(with: started.catalog)
      return snapshot
    } catch {
      throw EngineError(error)
    }
  }

  func submit(
    _ command: CatalogCommand, to started: Started
  ) async throws(EngineError) -> CatalogOutcome {
    try await awaitProbe()
    do throws(LogFailure<EngineError>) {
      let outcome = try await started.catalog.submit(
        command, deadline: configuration.requestDeadline
      ).outcome
      reconcile(with: started.catalog)
      return outcome
    } catch {
      throw EngineError(error)
    }
  }

  func submit(
    _ command: CollectionCommand, to handle: CollectionHandle
  ) async throws(EngineError) -> Committed<CollectionOutcome> {
    try await awaitProbe()
    do throws(LogFailure<EngineError>) {
      return try await handle.replica.submit(command, deadline: configuration.requestDeadline)
    } catch {
      throw EngineError(error, handle)
    }
  }
}
