import ObjectStore
import Synchronization

/// The store's clock, as far as its answers have told it: S3 refuses signatures that are 15 minutes off.
final class ClockSkew: Sendable {
  /// Seconds by which the clocks may differ before it counts: `Date` has whole seconds and may be as old as
  /// the answer.
  static let tolerance: Double = 30

  private let wallClock: @Sendable () -> Double
  private let correction = Mutex<Double>(0)

  init(wallClock: @escaping @Sendable () -> Double) { self.wallClock = wallClock }

  /// The time to sign with.
  var now: CivilTime {
    let seconds = wallClock() + correction.withLock { $0 }
    return CivilTime(secondsSince1970: Int64(exactly: seconds.rounded(.down)) ?? 0)
  }

  /// Learns from the `Date` of an answer. True if the correction changed by more than a minute.
  func learn(from date: StoreTime?) -> Bool {
    guard let date else { return false }
    let difference = Double(date.millisecondsSince1970) / 1000 - wallClock()
    let corrected = abs(difference) > Self.tolerance ? difference : 0
    return correction.withLock { correction in
      defer { correction = corrected }
      return abs(corrected - correction) > 60
    }
  }

  /// Seconds by which the store's clock is ahead of this machine's.
  var secondsAhead: Double { correction.withLock { $0 } }
}
