import Model
import Synchronization

/// What all open segments of a server take.
final class SegmentBudget: Sendable {
  private struct Sums {
    var hot = 0
    var cold = 0
    var segments = 0
    var leftovers = 0

    var onDisk: Int { hot + cold + segments * SegmentBudget.roundingBytes + leftovers }
  }

  /// What a file takes beyond its bytes: parts of pages at the ends of its pieces.
  static var roundingBytes: Int { 16 << 10 }

  private let sums = Mutex(Sums())
  private let limits: SegmentCacheLimits
  /// Raised when there is more room in the workspace, or somebody new who wants some.
  let roomChanges = Signal()

  init(limits: SegmentCacheLimits, leftoverBytes: Int) {
    self.limits = limits
    sums.withLock { $0.leftovers = leftoverBytes }
  }

  /// Largest part of a segment that is fetched by one request.
  var requestBytesMax: Int { limits.requestBytesMax }

  var hotBytes: Int { sums.withLock { $0.hot } }
  var coldBytes: Int { sums.withLock { $0.cold } }

  /// What is read of cold parts must be given back at once.
  var isOverMemory: Bool { sums.withLock { $0.hot + $0.cold > limits.memoryBytes } }

  /// The hot part of a segment is there, however little room there is.
  func addSegment(hot bytes: Int) {
    sums.withLock { sums in
      sums.hot += bytes
      sums.segments += 1
    }
  }

  /// A segment that is open has become larger in memory.
  func addMemory(_ bytes: Int) { sums.withLock { $0.hot += bytes } }

  func removeSegment(hot: Int, cold: Int) {
    sums.withLock { sums in
      sums.hot -= hot
      sums.cold -= cold
      sums.segments -= 1
    }
    roomChanges.raise()
  }

  /// Takes room for a cold part, where so much is left `beside` it; `leftover` bytes are not left over any more.
  /// - Returns: Whether the workspace has it.
  func takeCold(_ bytes: Int, beside: Int = 0, leftover: Int = 0) -> Bool {
    sums.withLock { sums in
      sums.leftovers -= leftover
      guard bytes <= limits.workspaceBytes - sums.onDisk - beside else { return bytes == 0 }
      sums.cold += bytes
      return true
    }
  }

  func giveBack(cold: Int = 0, leftovers: Int = 0) {
    guard cold + leftovers > 0 else { return }
    sums.withLock { sums in
      sums.cold -= cold
      sums.leftovers -= leftovers
    }
    roomChanges.raise()
  }
}

package struct SegmentCacheLimits: Sendable {
  /// With more than this in open segments, cold parts are passed through instead of kept in memory.
  package var memoryBytes: Int
  /// What all local copies may take. Cold parts beyond this stay in the bucket and are read from there; hot parts are
  /// always there.
  package var workspaceBytes: Int
  /// Ranged reads at the same time that fill local copies.
  package var readsAtOnce: Int

  /// What is being fetched takes up to `readsAtOnce` times this, and as much again for queries: at most half of a
  /// small memory.
  var requestBytesMax: Int { min(max(memoryBytes / 64, 256 << 10), Self.largestRequestBytes) }

  static let largestRequestBytes = 8 << 20

  package init(memoryBytes: Int = .max, workspaceBytes: Int = .max, readsAtOnce: Int = 16) {
    self.memoryBytes = memoryBytes
    self.workspaceBytes = workspaceBytes
    self.readsAtOnce = readsAtOnce
  }
}
