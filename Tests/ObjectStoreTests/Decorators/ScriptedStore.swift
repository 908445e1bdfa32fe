import Model
import ObjectStore
import Synchronization

/// A store whose calls fail as told, one error after the other, and then succeed.
final class ScriptedStore: ObjectStore {
  private let state: Mutex<(errors: [ObjectStoreError], calls: Int)>

  init(_ errors: [ObjectStoreError]) { state = Mutex((errors, 0)) }

  var calls: Int { state.withLock { $0.calls } }

  private func step() throws(ObjectStoreError) {
    let error: ObjectStoreError? = state.withLock { state in
      state.calls += 1
      return state.errors.isEmpty ? nil : state.errors.removeFirst()
    }
    if let error { throw error }
  }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    try step()
    guard key != "none" else { return .notFound(date: nil) }
    return .found(StoredObject(body: [1, 2, 3], size: 3, lastModified: nil, date: nil))
  }

  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer {
    try step()
    return key == "taken" ? .exists(date: nil) : .created(date: nil)
  }

  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try step()
    return nil
  }

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try step()
    let item = ListAnswer.Item(key: "k", size: 3, lastModified: nil)
    return ListAnswer(items: [item, item], isTruncated: false, date: nil)
  }

  func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try step()
    return nil
  }

  func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try step()
    return nil
  }
}

/// A clock that only sleeping moves.
final class SleepClock: ServerClock {
  private let time = Mutex(Duration.zero)
  private let slept = Mutex<[Duration]>([])

  var sleeps: [Duration] { slept.withLock { $0 } }

  func now() -> Duration { time.withLock { $0 } }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    slept.withLock { $0.append(duration) }
    time.withLock { $0 += duration }
  }
}

/// Always the largest number, so that pauses are as long as they can be.
struct LargestRandom: RandomSource {
  func next() -> UInt64 { .max }
}

extension ObjectStoreError {
  static func made(_ code: Code, applied: Bool) -> ObjectStoreError {
    ObjectStoreError(
      code, "made to fail", mayHaveBeenApplied: applied, storeCode: "S", requestID: "R")
  }
}
