import Dispatch
import Synchronization

/// Runs calls that block (fsync can take 10 ms and more) outside Swift's own threads, of which there are only
/// as many as processors.
///
/// At most `limit` run at once; the others wait in the order in which they came.
final class BlockingThreads: Sendable {
  private struct State {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
    /// `waiting[..<taken]` have been started.
    var taken = 0
  }

  private let limit: Int
  private let queue: DispatchQueue
  private let state = Mutex(State())

  init(label: String, limit: Int) {
    self.limit = limit
    queue = DispatchQueue(label: label, attributes: .concurrent)
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
    let startsThread = state.withLock { state in
      state.waiting.append(job)
      if state.running == limit { return false }
      state.running += 1
      return true
    }
    if startsThread { queue.async { self.runJobs() } }
  }

  private func runJobs() {
    while let job = next() { job() }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.taken < state.waiting.count else {
        state.waiting.removeAll(keepingCapacity: true)
        state.taken = 0
        state.running -= 1
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
