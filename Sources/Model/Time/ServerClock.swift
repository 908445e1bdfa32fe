/// A server's own clock, for durations only: it never says what time of day it is.
///
/// It must go on while the machine is suspended (rule S4 depends on it), which `ContinuousClock` does.
package protocol ServerClock: Sendable {
  /// Time since an arbitrary, fixed moment of this process; never goes back.
  func now() -> Duration
  /// Returns after `duration`, or throws `CancellationError` as soon as the task is cancelled.
  func sleep(for duration: Duration) async throws
}

package struct SystemServerClock: ServerClock {
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant

  package init() { origin = ContinuousClock().now }
  package func now() -> Duration { origin.duration(to: clock.now) }
  package func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}

extension Duration {
  /// Whole milliseconds, rounded towards zero.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }

  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
