import Synchronization

/// Lets a bounded number of tasks in at a time, in the order in which they came.
package final class Gate: Sendable {
  private struct State {
    var free: Int
    var waiters: [(ticket: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    var lastTicket: UInt64 = 0
  }

  private let state: Mutex<State>

  package init(places: Int) { state = Mutex(State(free: places)) }

  /// Returns with a place, which `leave` gives back. A cancelled task is let in at once, beyond the bound: it
  /// is on its way out.
  package func enter() async {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isFree = state.withLock { state in
          if state.free > 0 || Task.isCancelled {
            state.free -= 1
            return true
          }
          state.waiters.append((ticket, continuation))
          return false
        }
        if isFree { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard let index = state.waiters.firstIndex(where: { $0.ticket == ticket }) else {
          return nil
        }
        state.free -= 1
        return state.waiters.remove(at: index).continuation
      }
      waiter?.resume()
    }
  }

  package func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.free += 1
      guard state.free > 0, !state.waiters.isEmpty else { return nil }
      state.free -= 1
      return state.waiters.removeFirst().continuation
    }
    next?.resume()
  }
}
