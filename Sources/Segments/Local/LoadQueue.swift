import Model
import Synchronization

/// The segments of which some of the cold part is to be fetched into the local copy, in the order in which they came.
/// Keeps none of them alive.
final class LoadQueue: Sendable {
  private struct Waiting {
    weak var segment: Segment?
    let failures: Int
    let due: Duration
  }

  struct Next: Sendable {
    let segment: Segment
    /// Loads of it that came to nothing so far.
    let failures: Int
  }

  private let waiting = Mutex<[Waiting]>([])
  private let budget: SegmentBudget

  init(budget: SegmentBudget) { self.budget = budget }

  /// It may be fetched from `due` on, by the clock of whoever fetches.
  func append(_ segment: Segment, failures: Int = 0, due: Duration = .zero) {
    waiting.withLock { waiting in
      // Where nobody fetches, nobody else removes what is gone.
      if waiting.count > 64, waiting.count.isMultiple(of: 64) {
        waiting.removeAll { $0.segment == nil }
      }
      waiting.append(Waiting(segment: segment, failures: failures, due: due))
    }
    budget.roomChanges.raise()
  }

  /// The first segment that is due and for which there is room, which is then taken.
  func next(at now: Duration) -> Next? {
    // What was seen is released only after the lock.
    var seen: [Segment] = []
    return waiting.withLock { waiting in
      waiting.removeAll { $0.segment == nil }
      for (index, entry) in waiting.enumerated() where entry.due <= now {
        guard let segment = entry.segment else { continue }
        seen.append(segment)
        guard segment.takeRoom() else { continue }
        waiting.remove(at: index)
        return Next(segment: segment, failures: entry.failures)
      }
      return nil
    }
  }

  /// Returns when there may be something to fetch that there was not at the look of `last`; what became due since then
  /// counts.
  func wait(since last: Duration, clock: any ServerClock) async {
    let due = waiting.withLock { $0.lazy.map(\.due).filter { $0 > last }.min() }
    await budget.roomChanges.wait(
      atMost: due.map { max($0 - clock.now(), .zero) }, clock: clock)
  }
}
