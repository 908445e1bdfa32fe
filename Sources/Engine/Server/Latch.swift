import Model
import Synchronization

/// A value that comes once, and for which any number of tasks may wait.
final class Latch<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var lastTicket: UInt64 = 0
  }

  private let state = Mutex(State())
  private let clock: any ServerClock

  init(clock: any ServerClock) { self.clock = clock }

  var value: Value? { state.withLock { $0.value } }

  /// The first value stays, later ones are ignored.
  func open(_ value: Value) {
    let waiters = state.withLock { state in
      guard state.value == nil else { return [UInt64: CheckedContinuation<Value?, Never>]() }
      state.value = value
      let waiters = state.waiters
      state.waiters = [:]
      return waiters
    }
    for ticket in waiters.keys.sorted() { waiters[ticket]?.resume(returning: value) }
  }

  /// The value as soon as it is there; nil if the task is cancelled before.
  @discardableResult
  func wait() async -> Value? {
    if let value { return value }
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now: Value?? = state.withLock { state in
          if let value = state.value { return .some(value) }
          if Task.isCancelled { return .some(nil) }
          state.waiters[ticket] = continuation
          return nil
        }
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume(returning: nil)
    }
  }

  /// The value, or nil if it did not come within `deadline`.
  func wait(deadline: Duration) async -> Value? {
    if let value { return value }
    return await withTaskGroup(of: Value?.self) { group in
      group.addTask { await self.wait() }
      group.addTask {
        try? await self.clock.sleep(for: deadline)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
