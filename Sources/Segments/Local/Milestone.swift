import Synchronization

/// Something that happens once, and for which any number of tasks may wait until it has, or is not to be expected
/// soon. Once reached, it stays so.
final class Milestone: Sendable {
  enum Outcome {
    case reached
    /// Not worth waiting for; may be reached later all the same.
    case missed
  }

  private struct State {
    var outcome: Outcome?
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastTicket: UInt64 = 0
  }

  private let state = Mutex(State())

  var outcome: Outcome? { state.withLock { $0.outcome } }

  func settle(_ outcome: Outcome) {
    let waiters = state.withLock { state in
      guard state.outcome != .reached else { return [UInt64: CheckedContinuation<Void, Never>]() }
      state.outcome = outcome
      defer { state.waiters = [:] }
      return state.waiters
    }
    for ticket in waiters.keys.sorted() { waiters[ticket]?.resume() }
  }

  /// Returns once it is settled, or the task is cancelled.
  func wait() async {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.outcome != nil || Task.isCancelled { return true }
          state.waiters[ticket] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
    }
  }
}
