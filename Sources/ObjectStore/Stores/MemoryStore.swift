import Model
import Synchronization

/// A bucket in memory, for tests and the simulation.
///
/// Deterministic: a call completes at once on its caller's executor, without a suspension, and time
/// is what `now` says.
package final class MemoryStore: ObjectStore {
  private struct Entry {
    let key: Text
    var body: [UInt8]
    var lastModified: StoreTime
  }

  /// Ascending by key.
  private let entries = Mutex<[Entry]>([])
  private let now: @Sendable () -> StoreTime

  package init(now: @Sendable @escaping () -> StoreTime) {
    self.now = now
  }

  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    try RequestLimits.check(key: key)
    let found = entries.withLock { entries in
      Self.find(Text(key), in: entries).map { entries[$0] }
    }
    guard let found else { return .notFound(date: now()) }
    let size = found.body.count
    let bounds = try range?.bounds(size: size) ?? 0..<size
    return .found(
      StoredObject(
        body: bounds.count == size ? found.body : Array(found.body[bounds]), size: size,
        lastModified: found.lastModified, date: now()))
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    try RequestLimits.check(key: key)
    let date = now()
    let created = entries.withLock { entries in
      let (index, isThere) = Self.position(of: Text(key), in: entries)
      if isThere { return false }
      entries.insert(Entry(key: Text(key), body: body, lastModified: date), at: index)
      return true
    }
    return created ? .created(date: date) : .exists(date: date)
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try RequestLimits.check(key: key)
    let date = now()
    overwrite(key, body, lastModified: date)
    return date
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    let count = try RequestLimits.check(maxKeys: maxKeys)
    let prefix = Text(prefix)
    let date = now()
    return entries.withLock { entries in
      var index = Self.position(of: prefix, in: entries).index
      if let startAfter = startAfter.map({ Text($0) }),
        prefix < startAfter || prefix == startAfter
      {
        let (position, isThere) = Self.position(of: startAfter, in: entries)
        index = isThere ? position + 1 : position
      }
      var items: [ListAnswer.Item] = []
      while index < entries.count, items.count < count, entries[index].key.hasPrefix(prefix) {
        let entry = entries[index]
        items.append(
          .init(
            key: entry.key.string, size: entry.body.count, lastModified: entry.lastModified))
        index += 1
      }
      let isTruncated = index < entries.count && entries[index].key.hasPrefix(prefix)
      return ListAnswer(items: items, isTruncated: isTruncated, date: date)
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try RequestLimits.check(key: key)
    remove(key)
    return now()
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try RequestLimits.check(deleting: keys)
    for key in keys { remove(key) }
    return now()
  }

  /// The place of the first entry whose key is not less than `key`, and whether it is `key`.
  private static func position(of key: Text, in entries: [Entry]) -> (index: Int, isThere: Bool) {
    // Numbered objects are appended far more often than anything else.
    if let last = entries.last, last.key < key { return (entries.count, false) }
    var lower = 0
    var upper = entries.count
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if entries[middle].key < key { lower = middle + 1 } else { upper = middle }
    }
    return (lower, lower < entries.count && entries[lower].key == key)
  }

  private static func find(_ key: Text, in entries: [Entry]) -> Int? {
    let (index, isThere) = position(of: key, in: entries)
    return isThere ? index : nil
  }
}

/// What tests look at and break, past the protocol.
extension MemoryStore {
  /// All keys, ascending by UTF-8 bytes.
  package var keys: [String] { entries.withLock { entries in entries.map(\.key.string) } }

  package func body(of key: String) -> [UInt8]? {
    entries.withLock { entries in
      Self.find(Text(key), in: entries).map { entries[$0].body }
    }
  }

  package func lastModified(of key: String) -> StoreTime? {
    entries.withLock { entries in
      Self.find(Text(key), in: entries).map { entries[$0].lastModified }
    }
  }

  /// True if there was such an object.
  @discardableResult
  package func remove(_ key: String) -> Bool {
    entries.withLock { entries in
      guard let index = Self.find(Text(key), in: entries) else { return false }
      entries.remove(at: index)
      return true
    }
  }

  /// Puts the body there, whether or not there was an object; `lastModified` is now unless given.
  package func overwrite(_ key: String, _ body: [UInt8], lastModified: StoreTime? = nil) {
    let lastModified = lastModified ?? now()
    entries.withLock { entries in
      let (index, isThere) = Self.position(of: Text(key), in: entries)
      if isThere {
        entries[index].body = body
        entries[index].lastModified = lastModified
      } else {
        entries.insert(Entry(key: Text(key), body: body, lastModified: lastModified), at: index)
      }
    }
  }
}
