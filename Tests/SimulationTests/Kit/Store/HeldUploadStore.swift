import Model
import ObjectStore
import Synchronization

/// Keeps the upload of one segment waiting.
final class HeldUploadStore: ForwardingStore {
  let base: any ObjectStore
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
}
