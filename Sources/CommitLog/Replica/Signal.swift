import Synchronization

/// Wakes one waiting task. A signal raised while nobody waits is kept, once, for the next one who does.
package final class Signal: Sendable {
  private enum State {
    case idle
    case raised
    case awaited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  package func raise() {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      if case .awaited(let continuation) = state {
        state = .idle
        return continuation
      }
      state = .raised
      return nil
    }
    waiter?.resume()
  }

  /// Returns when the signal is raised, or the task is cancelled. One task at a time may wait.
  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          switch state {
          case .raised:
            state = .idle
            return true
          case .idle, .awaited:
            if Task.isCancelled { return true }
            state = .awaited(continuation)
            return false
          }
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      raise()
    }
  }
}
