import CommitLog
import HashTreeCollections
import Logging
package import Model
import Synchronization

extension Engine {
  /// Logs looked into at the same time.
  private static var syncsAtOnceMax: Int { 32 }

  /// Looks for other servers' writes every sync interval, ends the logs of deleted collections and buries them.
  func syncLoop() async {
    while !Task.isCancelled {
      do {
        try await clock.sleep(for: configuration.syncInterval)
      } catch {
        return
      }
      do throws(EngineError) {
        _ = try await sync(collection: nil)
      } catch {
        logger.warning("sync failed", metadata: ["error": "\(error)"])
      }
      await buryDeadCollections()
    }
  }

  /// Catches up with the bucket now: the catalog and all collections, or the one that is named.
  /// - Returns: What each collection came to, by id.
  package func sync(
    collection name: (tenant: Text, database: Text, name: Text)?
  ) async throws(EngineError) -> [CollectionSyncReport] {
    do throws(EngineError) {
      let reports = try await catchUp(name)
      if name == nil {
        let now = clock.now()
        progress.withLock { progress in
          progress.lastSync = now
          progress.lastSyncError = nil
        }
      }
      return reports
    } catch {
      progress.withLock { $0.lastSyncError = "\(error)" }
      throw error
    }
  }

  private func catchUp(
    _ name: (tenant: Text, database: Text, name: Text)?
  ) async throws(EngineError) -> [CollectionSyncReport] {
    let started = try await awaitStart()
    let catalog = try await catalogSnapshot(started, refreshed: true).state
    var entries = catalog.collections.values.sorted { $0.id < $1.id }
    if let name {
      guard
        let entry = catalog.collection(
          named: name.name, tenant: name.tenant, database: name.database)
      else { throw .collectionNotFound(name: name.name) }
      entries = [entry]
    }
    let results = await withTaskGroup(
      of: (Int, Result<CollectionSyncReport?, EngineError>).self
    ) { group in
      var results = [Result<CollectionSyncReport?, EngineError>?](
        repeating: nil, count: entries.count)
      for (index, entry) in entries.enumerated() {
        if index >= Self.syncsAtOnceMax, let (done, result) = await group.next() {
          results[done] = result
        }
        group.addTask { (index, await self.catchUp(entry, started)) }
      }
      for await (done, result) in group { results[done] = result }
      return results
    }
    var reports: [CollectionSyncReport] = []
    for result in results {
      switch result {
      case .success(let report): if let report { reports.append(report) }
      case .failure(.damaged(let reason)) where name == nil,
        .failure(.newerFormat(let reason)) where name == nil:
        // Its own requests and its status say so; the others are not held up.
        logger.error("a collection cannot be used", metadata: ["error": "\(reason)"])
      case .failure(let error): throw error
      case nil: break
      }
    }
    return reports
  }

  /// - Returns: Nil for a collection that was deleted meanwhile.
  private func catchUp(
    _ entry: CatalogEntry, _ started: Started
  ) async -> Result<CollectionSyncReport?, EngineError> {
    let handle = handle(for: entry.id, in: started)
    let before = handle.replica.snapshot?.position ?? 0
    do throws(EngineError) {
      let snapshot = try await snapshot(of: handle, ReadOptions(isStrong: true))
      return .success(
        CollectionSyncReport(
          name: entry.definition.name, tenant: entry.tenant, database: entry.database,
          logPosition: snapshot.position, records: snapshot.state.count,
          pulled: snapshot.position - min(before, snapshot.position)))
    } catch {
      if case .collectionIDNotFound = error { return .success(nil) }
      return .failure(error)
    }
  }

  /// Whoever meets a deleted collection without its final entry appends it; those that have it are buried, so
  /// that no later start needs to look at their logs.
  func buryDeadCollections() async {
    guard probed.value != nil, let started = started.value,
      let dying = started.catalog.snapshot?.state.dying.sorted(), !dying.isEmpty
    else { return }
    var ended: [UniqueID] = []
    for id in dying {
      do throws(EngineError) {
        try await endLog(of: id, started)
        try await publishFinalManifest(of: id, started)
        ended.append(id)
      } catch {
        logger.warning(
          "the log of a deleted collection could not be ended yet",
          metadata: ["collection.id": "\(id)", "error": "\(error)"])
      }
    }
    guard !ended.isEmpty else { return }
    do throws(EngineError) {
      _ = try await submit(.bury(ended), to: started)
    } catch {
      logger.warning("deleted collections not buried yet", metadata: ["error": "\(error)"])
    }
  }

  package func status() async -> EngineStatus {
    let (lastSync, lastSyncError) = progress.withLock { ($0.lastSync, $0.lastSyncError) }
    let catalog = started.value?.catalog.snapshot
    var collections: [CollectionStatus] = []
    for entry in catalog?.state.collections.values.sorted(by: { $0.id < $1.id }) ?? [] {
      let replica = openHandle(entry.id)?.replica
      let snapshot = replica?.snapshot
      collections.append(
        CollectionStatus(
          id: entry.id, name: entry.definition.name, tenant: entry.tenant,
          database: entry.database, logPosition: snapshot?.position,
          records: snapshot?.state.count, pendingWrites: await replica?.pendingCount ?? 0,
          lagSeconds: await replica?.lag?.inSeconds,
          failure: await replica?.failureDescription))
    }
    return EngineStatus(
      readiness: readiness, catalogPosition: catalog?.position,
      secondsSinceSync: lastSync.map { (clock.now() - $0).inSeconds },
      lastSyncError: lastSyncError, collections: collections)
  }
}
