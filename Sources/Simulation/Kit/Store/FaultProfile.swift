/// How a simulated store behaves: latencies, and for each fault the chance that a request meets it.
package struct FaultProfile: Sendable, Hashable {
  /// Of a create or put.
  package var put: Latency
  package var get: Latency
  package var list: Latency
  package var delete: Latency
  /// After so long a client gives up; its request may still reach the store.
  package var requestTimeout: Duration = .seconds(10)

  /// No connection: certainly not applied.
  package var refused = 0.0
  /// 500 before the request was applied, which the client cannot know.
  package var failedUnapplied = 0.0
  /// 503 SlowDown: certainly not applied.
  package var throttled = 0.0
  /// Creates only: 409 ConditionalRequestConflict, not applied, which the client cannot know.
  package var conflict = 0.0
  /// Applied, but the client gets a broken connection or a 500.
  package var answerLost = 0.0
  /// Writes only: applied after the client has given up, by up to `lateness`.
  package var late = 0.0
  package var lateness: Duration = .seconds(30)
  /// Writes only: applied twice, up to `lateness` apart; the client sees the second answer (a 412 for its
  /// own object), or a timeout.
  package var duplicated = 0.0
  /// GET and LIST only: the answer is cut short, which the client notices.
  package var damaged = 0.0
  /// GET only: a bit of the body is wrong, which the client's store does not notice.
  package var corrupted = 0.0
  /// Whether a request that is under way when its sender is killed or cancelled still reaches the store.
  package var landsWithoutSender = 0.5

  /// Latencies alone, and no faults.
  package init(put: Latency, get: Latency, list: Latency? = nil, delete: Latency? = nil) {
    self.put = put
    self.get = get
    self.list = list ?? get
    self.delete = delete ?? put
  }

  /// The same latency for every request, and no faults: for measurements of fairness and of steps.
  package static func fixed(put: Duration, get: Duration) -> FaultProfile {
    FaultProfile(put: .fixed(put), get: .fixed(get))
  }

  /// S3 on a good day: latencies with a heavy tail, no faults.
  package static let calm = FaultProfile(
    put: .heavyTailed(mean: .milliseconds(40)), get: .heavyTailed(mean: .milliseconds(20)),
    list: .heavyTailed(mean: .milliseconds(50)))

  /// Every fault but corruption, far more often than in life.
  package static let stormy = {
    var profile = calm
    profile.refused = 0.03
    profile.failedUnapplied = 0.03
    profile.throttled = 0.03
    profile.conflict = 0.02
    profile.answerLost = 0.04
    profile.late = 0.03
    profile.duplicated = 0.03
    profile.damaged = 0.02
    return profile
  }()

  func latency(of kind: StoreRequestKind) -> Latency {
    switch kind {
    case .get: get
    case .create, .put, .beginUpload, .part, .endUpload: put
    case .list, .listUploads: list
    case .delete, .abortUpload: delete
    }
  }
}
