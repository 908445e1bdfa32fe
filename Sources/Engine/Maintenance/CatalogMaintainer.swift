import CommitLog
import Logging
import Model

extension Engine {
  /// Publishes a manifest of the catalog whenever enough entries have come since the last: what a start reads
  /// does not grow with history. Runs until the task is cancelled.
  func maintainCatalog(_ catalog: LogReplica<CatalogState>) async {
    let maintenance = configuration.maintenance
    guard maintenance.isEnabled else { return }
    let jitter = 1 + random.nextUnit() / 4
    var tailSince: Duration?
    while !Task.isCancelled {
      let view = await catalog.maintenanceView()
      guard let view, !view.entries.isEmpty else {
        tailSince = nil
        await catalog.changes.wait()
        continue
      }
      let since = tailSince ?? clock.now()
      tailSince = since
      let patience = view.ownShare >= 0.5 ? 1 : 2 * jitter
      let isFull =
        Double(view.entries.count) >= Double(maintenance.catalogEntries) * patience
        || Double(view.entryBytes) >= Double(maintenance.flushBytes) * patience
      let age = clock.now() - since
      let ageMax = maintenance.tailAgeMax * jitter * patience
      guard isFull || age >= ageMax else {
        await catalog.changes.wait(atMost: ageMax - age, clock: clock)
        continue
      }
      if await publishCatalog(view, to: catalog) {
        tailSince = nil
      } else {
        await catalog.changes.wait(
          atMost: .milliseconds(Int64(500 + random.next(below: 2_000))), clock: clock)
      }
    }
  }

  private func publishCatalog(
    _ view: MaintenanceView<CatalogState>, to catalog: LogReplica<CatalogState>
  ) async -> Bool {
    let draft = ManifestDraft(
      position: view.position, entryHash: view.entryHash, payload: view.state.encoded())
    switch await catalog.publish(draft, after: view.manifestNumber) {
    case .published: return true
    case .lost: return false
    case .unclear(let reason):
      logger.warning(
        "the catalog's manifest could not be published", metadata: ["error": "\(reason)"])
      return false
    }
  }
}
