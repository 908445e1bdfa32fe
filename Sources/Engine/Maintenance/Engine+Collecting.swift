import CommitLog
import HashTreeCollections
import Logging
import Model
import ObjectStore

/// When a log is to be looked at again for what can be deleted, and what is remembered until then.
private struct CollectionSchedule {
  /// The manifest that was the newest at the last look; nil for a deleted collection.
  var manifest: UInt64?
  var due: Duration = .zero
  var memory = CollectorMemory()
}

extension Engine {
  /// Looks for what can be deleted every collection interval, where there may be something; until the task is
  /// cancelled.
  func collectLoop() async {
    guard configuration.maintenance.isEnabled else { return }
    var schedule: [UniqueID: CollectionSchedule] = [:]
    var leftoversDue = Duration.zero
    var isUnfinished = false
    while !Task.isCancelled {
      let interval = configuration.maintenance.collectInterval * (1 + random.nextUnit() / 4)
      do {
        // What is not finished goes on, but lets others have the bucket meanwhile.
        try await clock.sleep(for: isUnfinished ? min(interval, .seconds(1)) : interval)
      } catch {
        return
      }
      guard let started = started.value, let catalog = started.catalog.snapshot?.state else {
        continue
      }
      isUnfinished = await collectCatalog(started, &schedule[.zero, default: .init()])
      for id in catalog.collections.keys.sorted() {
        let more = await collect(id, started, &schedule[id, default: .init()])
        isUnfinished = isUnfinished || more
      }
      await collectDeleted(catalog.buried.sorted(), started, &schedule)
      if clock.now() >= leftoversDue { leftoversDue = await collectLeftovers(started) }
      schedule = schedule.filter { id, _ in
        id == .zero || catalog.collections[id] != nil || catalog.buried.contains(id)
      }
    }
  }

  /// - Returns: Whether there is more to do at once.
  private func collectCatalog(
    _ started: Started, _ schedule: inout CollectionSchedule
  ) async -> Bool {
    let collector = Collector(
      store: store, keys: LogKeys(prefix: "\(configuration.prefix)catalog/"),
      grace: started.header.grace, rules: rules, names: nil)
    return await look(collector, ReplicaLog(started.catalog), &schedule, "catalog")
  }

  private func collect(
    _ id: UniqueID, _ started: Started, _ schedule: inout CollectionSchedule
  ) async -> Bool {
    guard let replica = openHandle(id)?.replica else { return false }
    let collector = Collector(
      store: store, keys: keys(of: id), grace: started.header.grace, rules: rules,
      names: { manifest throws(BinaryError) in
        try ManifestPayload(encoded: manifest.payload).names
      })
    return await look(collector, ReplicaLog(replica), &schedule, "\(id)")
  }

  private func look(
    _ collector: Collector, _ log: some CollectedLog, _ schedule: inout CollectionSchedule,
    _ name: String
  ) async -> Bool {
    let now = clock.now()
    guard let newest = await log.newestManifest() else { return false }
    if schedule.manifest == newest.number, schedule.due > now { return false }
    do throws(CollectorError) {
      let report = try await collector.collect(log, &schedule.memory)
      note(report, name)
      schedule.manifest = newest.number
      // Left-overs of servers that crash from now on are found once G has passed.
      schedule.due = report.isUnfinished ? now : now + (report.nextDue ?? collector.grace)
      return report.isUnfinished
    } catch {
      noteFailure(error, name)
      return false
    }
  }

  private func collectDeleted(
    _ ids: [UniqueID], _ started: Started, _ schedule: inout [UniqueID: CollectionSchedule]
  ) async {
    let now = clock.now()
    var gone: [UniqueID] = []
    for id in ids where schedule[id]?.due ?? .zero <= now {
      let collector = Collector(
        store: store, keys: keys(of: id), grace: started.header.grace, rules: rules, names: nil)
      do throws(CollectorError) {
        let report = try await collector.collectDeleted()
        note(report, "\(id)")
        if report.isGone { gone.append(id) }
        schedule[id, default: .init()].due = now + (report.nextDue ?? .zero)
      } catch {
        noteFailure(error, "\(id)")
      }
    }
    guard !gone.isEmpty else { return }
    do throws(EngineError) {
      _ = try await submit(.forget(gone), to: started)
    } catch {
      noteFailure(error, "catalog")
    }
  }

  /// - Returns: When to look again.
  private func collectLeftovers(_ started: Started) async -> Duration {
    let now = clock.now()
    let grace = started.header.grace
    do throws(ObjectStoreError) {
      let report = try await CollectorOfLeftovers(
        store: store, prefix: configuration.prefix, grace: grace
      ).collect()
      note(report, "left-overs")
      return now + max(report.nextDue ?? grace, configuration.maintenance.collectInterval)
    } catch {
      noteFailure(error, "left-overs")
      return now + configuration.maintenance.collectInterval
    }
  }

  func note(_ report: CollectorReport, _ log: String) {
    guard report.hasDeleted else { return }
    logger.debug(
      "deleted what nobody needs",
      metadata: [
        "log": "\(log)", "entries": "\(report.deletedEntries)",
        "manifests": "\(report.emptiedManifests)", "segments": "\(report.deletedSegments)",
        "uploads": "\(report.abortedUploads)", "orphans": "\(report.deletedOrphans)",
      ])
  }

  func noteFailure(_ error: any Error, _ log: String) {
    guard !Task.isCancelled else { return }
    logger.warning(
      "could not delete what nobody needs yet",
      metadata: ["log": "\(log)", "error": "\(error)"])
  }
}
