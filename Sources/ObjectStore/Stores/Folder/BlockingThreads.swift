import Dispatch
import Synchronization

/// Runs calls that block (fsync can take 10 ms and more) outside Swift's own threads, of which
/// there are only as many as processors.
///
/// At most `limit` run at once; the others wait in the order in which they came.
final class BlockingThreads: Sendable {
  private struct State {
    var idle: [DispatchQueue]
    var waiting: [@Sendable () -> Void] = []
    /// `waiting[..<taken]` have been started.
    var taken = 0
  }

  private let state: Mutex<State>

  init(label: String, limit: Int) {
    // Serial queues, because each of them gets a thread of its own. One concurrent queue would
    // share the threads of Swift's tasks, on Linux: long calls would stop everything.
    state = Mutex(State(idle: (0..<limit).map { DispatchQueue(label: "\(label).\($0)") }))
  }

  func run<Success: Sendable, Failure: Error>(
    _ work: @Sendable @escaping () throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    let result: Result<Success, Failure> = await withCheckedContinuation { continuation in
      submit { continuation.resume(returning: Result(catching: work)) }
    }
    return try result.get()
  }

  private func submit(_ job: @Sendable @escaping () -> Void) {
    let queue = state.withLock { state in
      state.waiting.append(job)
      return state.idle.popLast()
    }
    queue?.async { self.runJobs(on: queue) }
  }

  private func runJobs(on queue: DispatchQueue?) {
    while let job = next(returning: queue) { job() }
  }

  /// The job that has waited longest; nil, and the queue is idle, if none waits.
  private func next(returning queue: DispatchQueue?) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.taken < state.waiting.count else {
        state.waiting.removeAll(keepingCapacity: true)
        state.taken = 0
        if let queue { state.idle.append(queue) }
        return nil
      }
      let job = state.waiting[state.taken]
      state.taken += 1
      if state.taken == 1024 {
        state.waiting.removeFirst(state.taken)
        state.taken = 0
      }
      return job
    }
  }
}
