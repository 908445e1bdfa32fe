import CommitLog
import Model

extension Engine {
  /// Publishes the last manifest of a collection whose log has ended: it covers the whole log, names nothing, and
  /// no number is created after it.
  func publishFinalManifest(of id: UniqueID, _ started: Started) async throws(EngineError) {
    let replica = handle(for: id, in: started).replica
    var attempts = 0
    while true {
      if let view = await replica.maintenanceView() {
        if view.base?.isFinal ?? false { return }
        guard view.state.isSealed else {
          throw .unavailable("the log of collection \(id) has not ended")
        }
        let payload = ManifestPayload(
          nextOffset: view.state.nextOffset, dimension: nil, isSealed: true, liveCount: 0,
          liveChecksum: 0, parts: [])
        let draft = ManifestDraft(
          position: view.position, entryHash: view.entryHash, isFinal: true,
          payload: payload.encoded())
        switch await replica.publish(draft, after: view.manifestNumber) {
        case .published: return
        case .lost: break
        case .unclear(let reason): throw .unavailable(reason)
        }
      }
      attempts += 1
      guard attempts <= Self.finalAttemptsMax, !Task.isCancelled else {
        throw .unavailable("the last manifest of collection \(id) could not be published yet")
      }
      // Another server's manifest is being adopted.
      try? await clock.sleep(for: .milliseconds(100 * attempts))
    }
  }

  private static var finalAttemptsMax: Int { 10 }
}
