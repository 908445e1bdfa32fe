import Model
import Synchronization

/// What all open segments of a server take.
final class SegmentBudget: Sendable {
  private struct Sums {
    var hot = 0
    var cold = 0
  }

  private let sums = Mutex(Sums())
  private let limits: SegmentCacheLimits
  /// Raised when there is more room in the workspace, or somebody new who wants some.
  let roomChanges = Signal()

  init(limits: SegmentCacheLimits) { self.limits = limits }

  /// Largest part of a segment that is fetched by one request.
  var requestBytesMax: Int { limits.requestBytesMax }

  var hotBytes: Int { sums.withLock { $0.hot } }
  var coldBytes: Int { sums.withLock { $0.cold } }

  /// What is read of cold parts must be given back at once.
  var isOverMemory: Bool { sums.withLock { $0.hot + $0.cold > limits.memoryBytes } }

  func addHot(_ bytes: Int) { sums.withLock { $0.hot += bytes } }

  /// - Returns: Whether the workspace has room for so many bytes, which are then taken.
  func takeCold(_ bytes: Int) -> Bool {
    sums.withLock { sums in
      guard sums.cold + bytes <= limits.workspaceBytes else { return false }
      sums.cold += bytes
      return true
    }
  }

  func giveBack(hot: Int, cold: Int) {
    sums.withLock { sums in
      sums.hot -= hot
      sums.cold -= cold
    }
    if cold > 0 { roomChanges.raise() }
  }
}

package struct SegmentCacheLimits: Sendable {
  /// With more than this in open segments, cold parts are passed through instead of kept in memory.
  package var memoryBytes: Int
  /// Cold parts beyond this stay in the bucket and are read from there.
  package var workspaceBytes: Int
  /// Ranged reads at the same time that fill local copies.
  package var readsAtOnce: Int

  /// What is being fetched takes up to `readsAtOnce` times this, and as much again for queries: at most half of a
  /// small memory.
  var requestBytesMax: Int { min(max(memoryBytes / 64, 256 << 10), 8 << 20) }

  package init(memoryBytes: Int = .max, workspaceBytes: Int = .max, readsAtOnce: Int = 16) {
    self.memoryBytes = memoryBytes
    self.workspaceBytes = workspaceBytes
    self.readsAtOnce = readsAtOnce
  }
}
