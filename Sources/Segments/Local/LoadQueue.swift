import DequeModule
import Model
import Synchronization

/// The segments of which some of the cold part is to be fetched into the local copy, a piece at a time, by stage and in the
/// order in which they came. Keeps none of them alive.
final class LoadQueue: Sendable {
  private struct Waiting {
    weak var segment: Segment?
    let failures: Int
    let due: Duration
  }

  struct Next: Sendable {
    let segment: Segment
    let piece: Segment.ColdPiece
    /// Loads of it that came to nothing so far.
    let failures: Int
  }

  private struct State {
    /// By the stage of the piece that each needs next.
    var waiting: [Segment.LoadStage: Deque<Waiting>] = [:]
    /// How many pieces of each stage are being fetched.
    var running: [Segment.LoadStage: Int] = [:]
  }

  private let state = Mutex(State())
  private let budget: SegmentBudget

  init(budget: SegmentBudget) { self.budget = budget }

  /// It may be fetched from `due` on, by the clock of whoever fetches. Nothing, where all of it is there.
  func append(_ segment: Segment, failures: Int = 0, due: Duration = .zero) {
    guard let stage = segment.nextPiece?.stage else { return }
    state.withLock { state in
      var lane = state.waiting.removeValue(forKey: stage) ?? []
      // Where nobody fetches, nobody else removes what is gone.
      if lane.count > 64, lane.count.isMultiple(of: 64) { lane.removeAll { $0.segment == nil } }
      lane.append(Waiting(segment: segment, failures: failures, due: due))
      state.waiting[stage] = lane
    }
    budget.roomChanges.raise()
  }

  /// A piece of the lowest stage, of the first segment that is due and for which there is room, which is then taken.
  /// None while pieces of a lower stage are still being fetched: they would take longer. To be followed by `finished`.
  func next(at now: Duration) -> Next? {
    // What was seen is released only after the lock.
    var seen: [Segment] = []
    return state.withLock { state in
      let stageMax = state.running.keys.min() ?? .documents
      for stage in state.waiting.keys.sorted() where stage <= stageMax {
        var lane = state.waiting.removeValue(forKey: stage) ?? []
        defer { state.waiting[stage] = lane.isEmpty ? nil : lane }
        var index = 0
        while index < lane.count {
          guard let segment = lane[index].segment else {
            lane.remove(at: index)
            continue
          }
          seen.append(segment)
          if lane[index].due <= now, let piece = segment.nextPiece, segment.takeRoom() {
            let entry = lane.remove(at: index)
            state.running[piece.stage, default: 0] += 1
            return Next(segment: segment, piece: piece, failures: entry.failures)
          }
          index += 1
        }
      }
      return nil
    }
  }

  /// The piece is there, or was given up.
  func finished(_ next: Next) {
    state.withLock { state in
      let left = (state.running[next.piece.stage] ?? 0) - 1
      state.running[next.piece.stage] = left > 0 ? left : nil
    }
    budget.roomChanges.raise()
  }

  /// Returns when there may be something to fetch that there was not at the look of `last`; what became due since then
  /// counts.
  func wait(since last: Duration, clock: any ServerClock) async {
    let due = state.withLock { state in
      state.waiting.values.lazy.joined().map(\.due).filter { $0 > last }.min()
    }
    await budget.roomChanges.wait(
      atMost: due.map { max($0 - clock.now(), .zero) }, clock: clock)
  }
}
