package import Model
import Synchronization

/// Counts calls, bytes, errors and time by operation, and requests by what they were for.
///
/// Inside a `RetryingStore` it counts attempts, around one it counts what the callers asked for.
package struct MeteredStore<Base: ObjectStore>: ObjectStore {
  private final class State: Sendable {
    let metrics = Mutex(StoreMetrics())
  }

  package let base: Base
  private let clock: any ServerClock
  private let state = State()

  package init(_ base: Base, clock: any ServerClock) {
    self.base = base
    self.clock = clock
  }

  /// The counts up to now.
  package var metrics: StoreMetrics { state.metrics.withLock { $0 } }

  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    try await measured(\.get, (range == nil ? .get : .rangedGet, key)) {
      () async throws(ObjectStoreError) in
      try await base.get(key, range: range)
    } note: { answer, counts in
      switch answer {
      case .found(let object): counts.bytesReceived &+= object.body.count
      case .notFound: counts.misses &+= 1
      }
    }
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    try await measured(\.create, (.create, key), sending: body.count) {
      () async throws(ObjectStoreError) in
      try await base.create(key, body)
    } note: { answer, counts in
      if case .exists = answer { counts.misses &+= 1 }
    }
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try await measured(\.put, (.put, key), sending: body.count) {
      () async throws(ObjectStoreError) in
      try await base.put(key, body)
    }
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try await measured(\.list, (.list, prefix)) { () async throws(ObjectStoreError) in
      try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
    } note: { answer, counts in
      counts.keys &+= answer.items.count
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await measured(\.delete, (.delete, key)) { () async throws(ObjectStoreError) in
      try await base.delete(key)
    } note: { _, counts in
      counts.keys &+= 1
    }
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try await measured(\.delete, (.delete, keys.first ?? "")) { () async throws(ObjectStoreError) in
      try await base.delete(keys)
    } note: { _, counts in
      counts.keys &+= keys.count
    }
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    try await measured(\.list, (.list, prefix)) { () async throws(ObjectStoreError) in
      try await base.listUploads(prefix: prefix)
    }
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    try await measured(\.delete, (.delete, key)) { () async throws(ObjectStoreError) in
      try await base.abortUpload(key, id: id)
    }
  }

  private typealias Counts = WritableKeyPath<StoreMetrics, StoreMetrics.Operation>

  private func measured<Answer>(
    _ operation: Counts, _ request: (kind: RequestKind, key: String), sending bytes: Int = 0,
    _ call: () async throws(ObjectStoreError) -> Answer,
    note: (Answer, inout StoreMetrics.Operation) -> Void = { _, _ in }
  ) async throws(ObjectStoreError) -> Answer {
    let start = clock.now()
    state.metrics.withLock { metrics in
      metrics.inFlight &+= 1
      metrics.requests[request.kind, KeyClass(request.key)] &+= 1
    }
    do {
      let answer = try await call()
      end(operation, sending: bytes, since: start) { note(answer, &$0) }
      return answer
    } catch {
      end(operation, sending: bytes, since: start) { counts in
        counts.errors &+= 1
        counts.errorsByCode[error.code, default: 0] &+= 1
      }
      throw error
    }
  }

  private func end(
    _ operation: Counts, sending bytes: Int, since start: Duration,
    _ note: (inout StoreMetrics.Operation) -> Void
  ) {
    let time = clock.now() - start
    state.metrics.withLock { metrics in
      metrics.inFlight &-= 1
      metrics[keyPath: operation].calls &+= 1
      metrics[keyPath: operation].bytesSent &+= bytes
      metrics[keyPath: operation].timeSum += time
      metrics[keyPath: operation].timeMax = max(metrics[keyPath: operation].timeMax, time)
      note(&metrics[keyPath: operation])
    }
  }
}
