import Model
import ObjectStore
import Synchronization

enum Misbehaviour: Hashable, Sendable {
  case ignoresCreateOnce
  case createsOverEmptied
  case neverCreates
  case answersConflicts
  case listsLate
  case listsDeleted
  case listsBackwards
  case ignoresStartAfter
  case startsAtStartAfter
  case ignoresRanges
  case ignoresSuffixRanges
  case failsPastTheEnd
  case readsLate
  case keepsReadingDeleted
  case deletesNothing
  case tellsNoDates
  case stampsObjects(Duration)
  case fails(ObjectStoreError.Code)

  /// With a part of the reason that the user reads.
  static let refused: [(Misbehaviour, String)] = [
    (
      .ignoresCreateOnce,
      "ignores `If-None-Match: *`: of 8 simultaneous creates of one key 8 succeeded"
    ),
    (.createsOverEmptied, "creates an object over one that was overwritten with nothing"),
    (.neverCreates, "use a store that supports conditional writes"),
    (.listsLate, "lists do not show what was just written"),
    (.listsDeleted, "lists show what was just deleted"),
    (.listsBackwards, "in another order"),
    (.ignoresStartAfter, "ignores where a list shall start"),
    (.startsAtStartAfter, "ignores where a list shall start"),
    (.ignoresRanges, "reads parts of objects wrongly"),
    (.ignoresSuffixRanges, "reads parts of objects wrongly: asked for the last 100 bytes"),
    (.failsPastTheEnd, "refuses a request that Apus needs: no range"),
    (.readsLate, "does not show what was just written"),
    (.keepsReadingDeleted, "which does not exist, with an object"),
    (.deletesNothing, ""),
    (.stampsObjects(.seconds(5 * 3600)), "clocks disagree"),
    (.stampsObjects(.seconds(-5 * 3600)), "clocks disagree"),
    (.fails(.invalidRequest), "refuses a request that Apus needs"),
  ]
}

/// A store that is right but for one thing.
final class BrokenStore: ObjectStore {
  private let base: MemoryStore
  private let misbehaviour: Misbehaviour
  private let seen = Mutex<[String: [UInt8]]>([:])
  private let requests = Mutex(0)

  init(base: MemoryStore, misbehaviour: Misbehaviour) {
    self.base = base
    self.misbehaviour = misbehaviour
  }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    try failIfTold()
    var range = range
    switch (misbehaviour, range) {
    case (.ignoresRanges, _): range = nil
    case (.ignoresSuffixRanges, .last(let count)): range = .from(offset: 0, count: count)
    case (.failsPastTheEnd, .from(1000, _)):
      throw ObjectStoreError(.invalidRequest, "no range", mayHaveBeenApplied: false)
    case (.readsLate, _): return .notFound(date: date(try await base.get(key)))
    default: break
    }
    switch try await base.get(key, range: range) {
    case .found(let object):
      return .found(
        StoredObject(
          body: object.body, size: object.size, lastModified: shifted(object.lastModified),
          date: dated(object.date)))
    case .notFound(let date):
      if misbehaviour == .keepsReadingDeleted, let body = seen.withLock({ $0[key] }) {
        return .found(StoredObject(body: body, size: body.count, lastModified: date, date: date))
      }
      return .notFound(date: dated(date))
    }
  }

  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer {
    try failIfTold()
    seen.withLock { $0[key] = body }
    switch misbehaviour {
    case .neverCreates:
      return .exists(date: try await base.put(key, body))
    case .ignoresCreateOnce:
      return .created(date: try await base.put(key, body))
    case .createsOverEmptied where base.body(of: key) == []:
      return .created(date: try await base.put(key, body))
    default: break
    }
    switch try await base.create(key, body) {
    case .created(let date): return .created(date: dated(date))
    case .exists(let date):
      if misbehaviour == .answersConflicts,
        requests.withLock({
          $0 += 1; return $0 % 2 == 0
        })
      {
        throw ObjectStoreError(.storeFailed, "conflict", mayHaveBeenApplied: true)
      }
      return .exists(date: dated(date))
    }
  }

  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try failIfTold()
    return dated(try await base.put(key, body))
  }

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try failIfTold()
    var startAfter = startAfter
    if misbehaviour == .ignoresStartAfter { startAfter = nil }
    if misbehaviour == .startsAtStartAfter, let last = startAfter?.last {
      startAfter = startAfter.map { String($0.dropLast()) + (last == "0" ? "" : "0") }
    }
    let list = try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
    var items = list.items
    switch misbehaviour {
    case .listsBackwards: items.reverse()
    case .listsLate: items = items.dropLast()
    case .listsDeleted where items.isEmpty:
      items = [.init(key: prefix + "deleted", size: 1, lastModified: list.date)]
    default: break
    }
    return ListAnswer(items: items, isTruncated: list.isTruncated, date: dated(list.date))
  }

  func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    if misbehaviour == .deletesNothing { return nil }
    return dated(try await base.delete(key))
  }

  func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    if misbehaviour == .deletesNothing { return nil }
    return dated(try await base.delete(keys))
  }

  private func failIfTold() throws(ObjectStoreError) {
    guard case .fails(let code) = misbehaviour else { return }
    // The first requests succeed: something is there to be cleaned up.
    guard
      requests.withLock({
        $0 += 1; return $0 > 12
      })
    else { return }
    throw ObjectStoreError(code, "as told", mayHaveBeenApplied: false)
  }

  private func dated(_ date: StoreTime?) -> StoreTime? {
    misbehaviour == .tellsNoDates ? nil : date
  }

  private func shifted(_ time: StoreTime?) -> StoreTime? {
    guard case .stampsObjects(let shift) = misbehaviour else { return time }
    return time?.advanced(by: shift)
  }

  private func date(_ answer: GetAnswer) -> StoreTime? {
    switch answer {
    case .found(let object): object.date
    case .notFound(let date): date
    }
  }
}
