import CommitLog
import HashTreeCollections
import Logging
import Model
import ObjectStore
import Synchronization

extension Engine {
  /// Puts the store through its probe and agrees on the bucket's header, however long the store takes to
  /// answer.
  func openBucket() async throws -> BucketHeader {
    var attempts = 0
    while true {
      do {
        // A store that is refused is left without a trace.
        let known = try await BucketHeader.find(
          on: store, prefix: configuration.prefix, grace: configuration.grace)
        let grace = known?.grace ?? configuration.grace ?? EngineConfiguration.defaultGrace
        if configuration.probesStore { try await probe(grace: grace) }
        let header =
          if let known { known } else {
            try await BucketHeader.agree(
              on: store, prefix: configuration.prefix, grace: configuration.grace)
          }
        if header.grace < .seconds(3600) {
          logger.warning(
            "the bucket's grace period is for tests only",
            metadata: ["grace_seconds": "\(header.grace.inSeconds)"])
        }
        return header
      } catch let error as ObjectStoreError {
        guard error.isTransient else { throw EngineStartError(error.message) }
        attempts += 1
        progress.withLock { $0.startingReason = error.message }
        logger.warning(
          "the bucket does not answer, trying again", metadata: ["error": "\(error.message)"])
        try await clock.sleep(for: .milliseconds(200 * min(attempts, 25)))
      }
    }
  }

  private func probe(grace: Duration) async throws {
    do throws(StoreProbeError) {
      let report = try await StoreProbe.run(
        on: store, prefix: configuration.prefix, clock: clock, random: random, grace: grace)
      if report.datesMissing {
        logger.warning("the store tells no dates; every answer is confirmed by another request")
      }
    } catch {
      switch error {
      case .refused(let reason): throw EngineStartError("\(configuration.storeName): \(reason)")
      case .store(let problem): throw problem
      }
    }
  }

  /// Damage on the way from the store is not damage in the store.
  private static var catalogReadingsMax: Int { 3 }

  /// Returns when the catalog was read.
  /// - Throws: `EngineStartError` where it cannot be.
  func waitForCatalog(_ catalog: LogReplica<CatalogState>) async throws {
    var faults = 0
    while true {
      do throws(LogFailure<EngineError>) {
        let snapshot = try await catalog.waitUntilReady(deadline: .seconds(5))
        logger.info(
          "catalog read",
          metadata: [
            "position": "\(snapshot.position)",
            "collections": "\(snapshot.state.collections.count)",
          ])
        return
      } catch {
        switch error {
        case .fault(.damaged(let reason)) where faults < Self.catalogReadingsMax:
          faults += 1
          progress.withLock { $0.startingReason = "the catalog is being read again: \(reason)" }
        case .fault(.damaged(let reason)), .fault(.newerFormat(let reason)):
          throw EngineStartError("the catalog cannot be used: \(reason)")
        case .notApplied(let reason), .overloaded(let reason), .outcomeUnknown(let reason):
          try Task.checkCancellation()
          progress.withLock { $0.startingReason = "the catalog is being read: \(reason)" }
        case .rejected, .tooLarge:
          throw EngineStartError("the catalog cannot be used: \(error)")
        }
      }
    }
  }
}
