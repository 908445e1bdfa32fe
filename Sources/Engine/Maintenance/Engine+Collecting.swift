import CommitLog
import HashTreeCollections
import Logging
import Model
import ObjectStore
import Segments

/// When the logs of this server are to be looked at again for what can be deleted.
private struct CollectionSchedule {
  /// The manifest that was the newest at the last look.
  var manifest: UInt64
  var due: Duration
}

extension Engine {
  /// Looks for what can be deleted every collection interval, where there may be something; until the task is
  /// cancelled.
  func collectLoop() async {
    let maintenance = configuration.maintenance
    guard maintenance.isEnabled else { return }
    var schedule: [UniqueID: CollectionSchedule] = [:]
    while !Task.isCancelled {
      let pause = maintenance.collectInterval * (1 + random.nextUnit() / 4)
      do {
        try await clock.sleep(for: pause)
      } catch {
        return
      }
      guard let started = started.value, let catalog = started.catalog.snapshot?.state else {
        continue
      }
      await collectCatalog(started)
      for id in catalog.collections.keys.sorted() {
        await collect(id, started, &schedule)
      }
      var gone: [UniqueID] = []
      for id in catalog.buried.sorted() where await collectBuried(id, started, &schedule) {
        gone.append(id)
      }
      if !gone.isEmpty { await forget(gone, started) }
      let known = schedule.keys.filter {
        catalog.collections[$0] == nil && !catalog.buried.contains($0)
      }
      for id in known { schedule[id] = nil }
    }
  }

  private func collector(_ keys: LogKeys, _ started: Started) -> Collector {
    Collector(
      store: store, keys: keys, grace: started.header.grace, rules: rules, logger: logger)
  }

  private func collectCatalog(_ started: Started) async {
    guard let base = await started.catalog.maintenanceView()?.base else { return }
    let collector = collector(LogKeys(prefix: "\(configuration.prefix)catalog/"), started)
    do {
      guard let manifests = try await collector.listManifests(),
        let covering = manifests.covering,
        let manifest = try await manifest(covering.number, base, collector.keys)
      else { return }
      var report = Collector.Report()
      try await collector.collectLog(manifests, coveredTo: manifest.position, &report)
      note(report, "catalog")
    } catch {
      noteFailure(error, "catalog")
    }
  }

  private func collect(
    _ id: UniqueID, _ started: Started, _ schedule: inout [UniqueID: CollectionSchedule]
  ) async {
    let now = clock.now()
    guard let replica = openHandle(id)?.replica, let view = await replica.maintenanceView(),
      let base = view.base, !base.isFinal
    else { return }
    if let known = schedule[id], known.manifest == base.number, known.due > now { return }
    let collector = collector(keys(of: id), started)
    do {
      var report = Collector.Report()
      try await collect(base, view, collector, replica, &report)
      note(report, "\(id)")
      let pause = report.isUnfinished ? .zero : report.nextDue ?? started.header.grace
      schedule[id] = CollectionSchedule(manifest: base.number, due: now + pause)
    } catch {
      noteFailure(error, "\(id)")
    }
  }

  private func collect(
    _ base: Manifest, _ view: MaintenanceView<CollectionState>, _ collector: Collector,
    _ replica: LogReplica<CollectionState>, _ report: inout Collector.Report
  ) async throws {
    guard let manifests = try await collector.listManifests(),
      manifests.whole.first?.number == base.number
    else { return }
    let grace = collector.grace
    for item in manifests.whole where item.age < grace { report.expect(in: grace - item.age) }
    guard let covering = manifests.covering else { return }
    var named: Set<UniqueID> = []
    var coveredTo: UInt64?
    for item in manifests.whole where item.number >= covering.number {
      guard let manifest = try await manifest(item.number, base, collector.keys) else { return }
      named.formUnion(try ManifestPayload(encoded: manifest.payload).names)
      if item.number == covering.number { coveredTo = manifest.position }
    }
    if let coveredTo {
      try await collector.collectLog(manifests, coveredTo: coveredTo, &report)
    }
    let garbage = try await collector.garbage(named: named, &report)
    guard !garbage.isEmpty else { return }
    if rules.contains(.condemnsFirst) {
      let draft = ManifestDraft(
        position: base.position, entryHash: base.entryHash, condemned: garbage,
        payload: base.payload)
      guard case .published = await replica.publish(draft, after: base.number) else { return }
    }
    try await collector.delete(garbage, &report)
  }

  /// A manifest by its number; nil where it was emptied or is not there.
  private func manifest(
    _ number: UInt64, _ base: Manifest, _ keys: LogKeys
  ) async throws -> Manifest? {
    if number == base.number { return base }
    guard let object = try await store.find(keys.manifest(number)) else { return nil }
    return try ManifestCodec.decode(object.body, number: number, key: keys.manifest(number))
  }

  /// - Returns: Whether nothing is left of the deleted collection but its manifests.
  private func collectBuried(
    _ id: UniqueID, _ started: Started, _ schedule: inout [UniqueID: CollectionSchedule]
  ) async -> Bool {
    let now = clock.now()
    if let known = schedule[id], known.due > now { return false }
    let collector = collector(keys(of: id), started)
    do {
      guard let manifests = try await collector.listManifests(),
        let newest = manifests.whole.first,
        let object = try await store.find(collector.keys.manifest(newest.number)),
        let final = try ManifestCodec.decode(
          object.body, number: newest.number, key: collector.keys.manifest(newest.number))
      else { return false }
      var report = Collector.Report()
      let isGone = try await collector.collectDeleted(final, manifests, &report)
      note(report, "\(id)")
      schedule[id] = CollectionSchedule(
        manifest: newest.number, due: now + (report.nextDue ?? .zero))
      return isGone
    } catch {
      noteFailure(error, "\(id)")
      return false
    }
  }

  private func forget(_ ids: [UniqueID], _ started: Started) async {
    do throws(EngineError) {
      _ = try await submit(.forget(ids), to: started)
    } catch {
      noteFailure(error, "catalog")
    }
  }

  private func note(_ report: Collector.Report, _ log: String) {
    guard report.deletedEntries + report.emptiedManifests + report.deletedSegments > 0 else {
      return
    }
    logger.debug(
      "deleted what nobody needs",
      metadata: [
        "log": "\(log)", "entries": "\(report.deletedEntries)",
        "manifests": "\(report.emptiedManifests)", "segments": "\(report.deletedSegments)",
      ])
  }

  private func noteFailure(_ error: any Error, _ log: String) {
    guard !Task.isCancelled else { return }
    logger.warning(
      "could not delete what nobody needs yet",
      metadata: ["log": "\(log)", "error": "\(error)"])
  }
}
