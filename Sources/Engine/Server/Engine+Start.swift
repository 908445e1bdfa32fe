import CommitLog
import HashTreeCollections
import Logging
import Model
import ObjectStore
import Synchronization

extension Engine {
  /// The bucket's header.
  ///
  /// A bucket that has none is one that nobody has used: its store is put through the probe first, so that one that
  /// is refused is left without a trace. Elsewhere the probe goes on beside the reading (`probeStore`).
  func openBucket() async throws -> BucketHeader {
    let found = try await insist {
      try await BucketHeader.find(
        on: self.store, prefix: self.configuration.prefix, grace: self.configuration.grace)
    }
    let header: BucketHeader
    if let found {
      header = found
    } else {
      try await probeStore(grace: configuration.grace ?? EngineConfiguration.defaultGrace)
      header = try await insist {
        try await BucketHeader.agree(
          on: self.store, prefix: self.configuration.prefix, grace: self.configuration.grace)
      }
    }
    if header.grace < .seconds(3600) {
      logger.warning(
        "the bucket's grace period is for tests only",
        metadata: ["grace_seconds": "\(header.grace.inSeconds)"])
    }
    return header
  }

  /// What the request comes to, however long the store takes to answer.
  private func insist<T>(_ request: () async throws -> T) async throws -> T {
    var attempts = 0
    while true {
      do {
        return try await request()
      } catch let error as ObjectStoreError {
        try Task.checkCancellation()
        guard error.isTransient else { throw EngineStartError(error.message) }
        attempts += 1
        progress.withLock { $0.startingReason = error.message }
        logger.warning(
          "the bucket does not answer, trying again", metadata: ["error": "\(error.message)"])
        try await clock.sleep(for: .milliseconds(200 * min(attempts, 25)))
      }
    }
  }

  /// Puts the store through its probe (S8), then lets this server write.
  ///
  /// Meanwhile it may read: what is in the bucket was written by servers whose probe passed, and every object carries a
  /// checksum. A probe takes five requests one after another, or seconds on a store that settles races slowly.
  func probeStore(grace: Duration) async throws {
    guard probed.value == nil else { return }
    if configuration.probesStore {
      progress.withLock { $0.startingReason = "the bucket is being probed" }
      try await insist {
        do throws(StoreProbeError) {
          let report = try await StoreProbe.run(
            on: self.store, prefix: self.configuration.prefix, clock: self.clock,
            random: self.random, grace: grace)
          if report.datesMissing {
            self.logger.warning(
              "the store tells no dates; every answer is confirmed by another request")
          }
        } catch {
          switch error {
          case .refused(let reason):
            throw EngineStartError("\(self.configuration.storeName): \(reason)")
          case .store(let problem): throw problem
          }
        }
      }
    }
    probed.open(())
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
