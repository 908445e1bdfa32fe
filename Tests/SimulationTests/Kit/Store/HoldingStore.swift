import Model
import ObjectStore
import Synchronization

/// Keeps the upload of one segment waiting.
final class HoldingStore: ObjectStore {
  private let base: any ObjectStore
  private let clock: any ServerClock
  private let state: Mutex<(uploads: Int, isHeld: Bool, isReleased: Bool)>
  private let heldUpload: Int

  init(_ base: any ObjectStore, clock: any ServerClock, heldUpload: Int) {
    self.base = base
    self.clock = clock
    self.heldUpload = heldUpload
    state = Mutex((uploads: 0, isHeld: false, isReleased: false))
  }

  var isHeld: Bool { state.withLock { $0.isHeld } }

  func release() { state.withLock { $0.isReleased = true } }

  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    if key.contains("/segments/") {
      let number = state.withLock { state in
        state.uploads += 1
        return state.uploads
      }
      if number == heldUpload {
        state.withLock { $0.isHeld = true }
        while !state.withLock({ $0.isReleased }), !Task.isCancelled {
          try? await clock.sleep(for: .milliseconds(100))
        }
        state.withLock { $0.isHeld = false }
      }
    }
    return try await base.put(key, body)
  }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    try await base.get(key, range: range)
  }

  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer {
    try await base.create(key, body)
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
