import Model
package import ObjectStore
import Synchronization

/// The bucket that all simulated stores of a simulation share: strongly consistent, as S3 is, with a journal
/// of what was applied.
package final class SimulatedBucket: Sendable {
  /// How the store tells the time.
  package struct Time: Sendable, Hashable {
    /// In milliseconds since 1970, at the beginning of virtual time.
    package var start: Int64 = 1_800_000_000_000
    /// S3's `Date` and `Last-Modified` have no fractions.
    package var isInWholeSeconds = false
    /// False for a store without `Date`.
    package var isTold = true
    /// An object's `Last-Modified` is so much older than the moment at which it can be seen: what S8 refuses.
    package var modificationAge: Duration = .zero

    package init() {}
  }

  /// A write that has changed the bucket.
  package struct JournalEntry: Sendable, Hashable {
    package let time: Duration
    /// The name of the node that had sent it.
    package let node: String
    package let kind: StoreRequestKind
    package let key: String
  }

  /// A request that a node is about to send.
  package struct Call: Sendable, Hashable {
    package let node: String
    package let kind: StoreRequestKind
    /// Its key, or the prefix of a list.
    package let subject: String
  }

  private struct State {
    var contents = BucketContents()
    var journal: [JournalEntry] = []
    var sent: [String: [StoreRequestKind: Int]] = [:]
    var clockShift: Duration = .zero
    var observer: (@Sendable (JournalEntry) -> Void)?
    var callObserver: (@Sendable (Call) -> Void)?
    var creationObserver: (@Sendable (JournalEntry, [UInt8]) -> Void)?
  }

  package let scheduler: SimulationScheduler
  /// Objects that are put go in parts of this size if they are larger.
  let partBytes: Int
  private let time: Time
  private let state = Mutex(State())

  package init(
    _ scheduler: SimulationScheduler, time: Time = Time(), partBytes: Int = .max
  ) {
    self.scheduler = scheduler
    self.time = time
    self.partBytes = partBytes
  }

  /// The store through which `node` sees this bucket.
  package func store(for node: SimulatedNode, _ profile: FaultProfile) -> SimulatedStore {
    SimulatedStore(bucket: self, node: node, profile: profile)
  }

  /// Creates, puts and deletes that changed something, in the order in which they were applied. A create that
  /// was refused is not among them.
  package var journal: [JournalEntry] { state.withLock { $0.journal } }

  /// Calls `observer` for each entry of the journal at its moment: the place to kill a server between its
  /// write and the answer.
  package func observe(_ observer: @escaping @Sendable (JournalEntry) -> Void) {
    state.withLock { $0.observer = observer }
  }

  /// Calls `observer` before each request is sent: a node that it kills does not send it any more.
  package func observeCalls(_ observer: @escaping @Sendable (Call) -> Void) {
    state.withLock { $0.callObserver = observer }
  }

  /// Calls `observer` with each object that was created under a key that must be free, at its moment.
  package func observeCreations(
    _ observer: @escaping @Sendable (JournalEntry, [UInt8]) -> Void
  ) {
    state.withLock { $0.creationObserver = observer }
  }

  /// Requests that the node has sent, whatever became of them.
  package func requests(_ kind: StoreRequestKind, from node: SimulatedNode) -> Int {
    state.withLock { $0.sent[node.name]?[kind] ?? 0 }
  }

  /// What is in the bucket now, without any fault or latency.
  package func object(_ key: String) -> [UInt8]? {
    state.withLock { $0.contents[Text(key)]?.body }
  }

  /// Every object, and every part of an upload that was not ended, with its key.
  package var bodies: [(key: String, body: [UInt8])] {
    state.withLock { state in
      let objects = state.contents.keys.map { ($0.string, state.contents[$0]?.body ?? []) }
      let uploads = state.contents.uploads.sorted { $0.key < $1.key }
      return objects
        + uploads.flatMap { id, upload in
          upload.parts.sorted { $0.key < $1.key }.map {
            ("\(upload.key.string) (\(id), part \($0.key))", $0.value)
          }
        }
    }
  }

  /// All keys with the prefix, ascending by UTF-8 bytes.
  package func keys(prefix: String = "") -> [String] {
    let prefix = Text(prefix)
    return state.withLock { $0.contents.keys.filter { $0.hasPrefix(prefix) }.map(\.string) }
  }

  /// Replaces or (nil) removes an object behind everybody's back; its `Last-Modified` stays.
  package func tamper(_ key: String, _ body: [UInt8]?) {
    let now = date
    state.withLock { state in
      let lastModified = state.contents[Text(key)]?.lastModified ?? now
      state.contents[Text(key)] = body.map {
        BucketContents.Object(body: $0, lastModified: lastModified)
      }
    }
    scheduler.note("tampered", key)
  }

  /// Sets the store's clock forward, or back for a negative shift.
  package func shiftClock(by shift: Duration) {
    state.withLock { $0.clockShift += shift }
    scheduler.note("clock of the store shifted by", "\(shift)")
  }

  /// How far the store's clock was set, forward or back, since the beginning.
  package var clockShift: Duration { state.withLock { $0.clockShift } }

  /// The store's time; nil for a store that does not tell.
  package var date: StoreTime? {
    guard time.isTold else { return nil }
    let exact = StoreTime(millisecondsSince1970: time.start)
      .advanced(by: scheduler.now + clockShift)
    guard time.isInWholeSeconds else { return exact }
    let second = exact.millisecondsSince1970 / 1000
    return StoreTime(millisecondsSince1970: second * 1000)
  }

  func announce(_ request: StoreRequest, from node: String) {
    let observer = state.withLock { $0.callObserver }
    observer?(Call(node: node, kind: request.kind, subject: request.subject))
  }

  func countSent(_ kind: StoreRequestKind, from node: String) {
    state.withLock { $0.sent[node, default: [:]][kind, default: 0] += 1 }
  }

  func apply(_ request: StoreRequest, from node: String, deletions: Int) -> StoreReply {
    let date = date
    let now = scheduler.now
    let (reply, entries, observer, creationObserver) = state.withLock { state in
      let changed = state.contents.keysChanged(by: request, deletions: deletions)
      let reply = state.contents.apply(
        request, date: date, modified: date?.advanced(by: .zero - time.modificationAge),
        deletions: deletions)
      let entries = changed.map {
        JournalEntry(time: now, node: node, kind: request.kind, key: $0.string)
      }
      state.journal += entries
      return (reply, entries, state.observer, state.creationObserver)
    }
    if case .create(_, let body) = request, let entry = entries.first {
      creationObserver?(entry, body)
    }
    if let observer { entries.forEach(observer) }
    return reply
  }
}

extension BucketContents {
  fileprivate func keysChanged(by request: StoreRequest, deletions: Int) -> [Text] {
    switch request {
    case .get, .list, .listUploads, .beginUpload, .part, .abortUpload: []
    case .endUpload(let key, let id): uploads[id] == nil ? [] : [key]
    case .create(let key, _): self[key] == nil ? [key] : []
    case .put(let key, _): [key]
    case .delete(let keys): keys.prefix(deletions).filter { self[$0] != nil }
    }
  }
}
