import Model
import ObjectStore
import Synchronization

/// While it is closed, the reads of keys with its prefix do not leave the server.
final class Hold: Sendable {
  let prefix: String
  private let closed: Mutex<Bool>

  init(_ prefix: String, isClosed: Bool) {
    self.prefix = prefix
    closed = Mutex(isClosed)
  }

  var isClosed: Bool {
    get { closed.withLock { $0 } }
    set { closed.withLock { $0 = newValue } }
  }
}

/// A store whose reads a test can keep back.
struct HeldReadsStore: ForwardingStore {
  let base: any ObjectStore
  private let hold: Hold
  private let clock: any ServerClock

  init(_ base: any ObjectStore, _ hold: Hold, clock: any ServerClock) {
    self.base = base
    self.hold = hold
    self.clock = clock
  }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    while hold.isClosed, key.hasPrefix(hold.prefix) {
      guard (try? await clock.sleep(for: .milliseconds(100))) != nil else {
        throw ObjectStoreError(.cancelled, "cancelled", mayHaveBeenApplied: false)
      }
    }
    return try await base.get(key, range: range)
  }
}
