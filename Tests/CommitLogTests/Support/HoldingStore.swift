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
struct HoldingStore: ObjectStore {
  private let base: any ObjectStore
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

  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer {
    try await base.create(key, body)
  }

  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try await base.put(key, body)
  }

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
  }

  func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await base.delete(key)
  }

  func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try await base.delete(keys)
  }
}
