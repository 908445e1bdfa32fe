import Synchronization

/// Wakes one waiting task. A signal raised while nobody waits is kept, once, for the next one who does.
package final class Signal: Sendable {
  private enum State {
    case idle
    case raised
    case awaited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  package init() {}

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

  /// Returns when the signal is raised, after `duration` (nil: never), or when the task is cancelled.
  package func wait(atMost duration: Duration?, clock: any ServerClock) async {
    guard let duration else { return await wait() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await clock.sleep(for: duration) }
      await group.next()
      group.cancelAll()
    }
  }
}
