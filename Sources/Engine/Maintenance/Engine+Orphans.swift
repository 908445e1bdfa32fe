import CommitLog
import Model

extension Engine {
  /// Walks the folders of all collections about once a day (or G, if that is longer), for what came into those that
  /// the catalog has forgotten; until the task is cancelled.
  func collectOrphansLoop() async {
    let maintenance = configuration.maintenance
    guard maintenance.isEnabled, let started = started.value else { return }
    let collector = CollectorOfOrphans(
      store: store, prefix: configuration.prefix, grace: started.header.grace, rules: rules)
    let pause = CollectorOfOrphans.pauseMax(
      grace: started.header.grace, interval: maintenance.orphanInterval)
    var next: String?
    // A server that is started every hour walks no more often than one that runs for weeks.
    var wait = pause * random.nextUnit()
    while !Task.isCancelled {
      do {
        try await clock.sleep(for: wait)
      } catch {
        return
      }
      guard let known = started.catalog.snapshot?.state else {
        wait = maintenance.collectInterval
        continue
      }
      do throws(CollectorError) {
        let step = try await collector.collect(from: next, known: known) {
          () async throws(CollectorError) in try await self.newestCatalog(started)
        }
        note(step.report, "forgotten collections")
        next = step.next
        wait = next == nil ? pause * (0.8 + random.nextUnit() / 5) : .seconds(1)
      } catch {
        noteFailure(error, "forgotten collections")
        wait = maintenance.collectInterval
      }
    }
  }

  /// The catalog with everything that was in the bucket when this was called; nil where a newer version of Apus
  /// lets this one only read (S9).
  private func newestCatalog(_ started: Started) async throws(CollectorError) -> CatalogState? {
    do throws(EngineError) {
      let state = try await catalogSnapshot(started, refreshed: true).state
      for _ in 0..<5 {
        if await started.catalog.maintenanceView() != nil { return state }
        // Another server's manifest may be being adopted.
        try? await clock.sleep(for: .seconds(1))
      }
      return nil
    } catch {
      throw .unreadable("the catalog: \(error)")
    }
  }
}
