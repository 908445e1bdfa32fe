import Model
import ObjectStore
import Segments
import Synchronization

/// A clock that only goes on when it is told to.
final class HandClock: ServerClock {
  private struct State {
    var now = Duration.zero
    var sleepers: [UInt64: (end: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]
    var lastTicket: UInt64 = 0
  }

  private let state = Mutex(State())

  func now() -> Duration { state.withLock { $0.now } }

  /// When the next sleeper is to wake up; nil while nobody sleeps.
  var nextEnd: Duration? { state.withLock { $0.sleepers.values.map(\.end).min() } }

  func pass(_ duration: Duration) {
    let due = state.withLock { state in
      state.now += duration
      let due = state.sleepers.filter { $0.value.end <= state.now }
      for ticket in due.keys { state.sleepers[ticket] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  func sleep(for duration: Duration) async throws {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if Task.isCancelled { return true }
          state.sleepers[ticket] = (state.now + duration, continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: ticket) }?.continuation.resume()
    }
    try Task.checkCancellation()
  }
}

/// A store whose reads that begin at some bytes of objects fail for a time: a segment can be opened, and not be
/// loaded.
final class LimpingStore: ForwardingStore {
  let base: any ObjectStore
  private let state: Mutex<(failing: Range<Int>, gets: Int, bytes: Int)>

  init(_ base: MemoryStore, failing: Range<Int>) {
    self.base = base
    state = Mutex((failing, 0, 0))
  }

  var gets: Int { state.withLock { $0.gets } }
  /// Bytes that were asked for.
  var bytes: Int { state.withLock { $0.bytes } }
  func mend() { state.withLock { $0.failing = 0..<0 } }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    let fails = state.withLock { state in
      state.gets += 1
      guard case .from(let offset, let count) = range else { return false }
      state.bytes += count
      return state.failing.contains(offset)
    }
    if fails { throw ObjectStoreError(.unreachable, "made to fail", mayHaveBeenApplied: false) }
    return try await base.get(key, range: range)
  }
}
