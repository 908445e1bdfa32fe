import Model
import ObjectStore

/// The objects of a bucket, and what each request does to them.
struct BucketContents {
  struct Object {
    var body: [UInt8]
    var lastModified: StoreTime?
  }

  /// Ascending by UTF-8 bytes.
  private(set) var keys: [Text] = []
  private var objects: [Text: Object] = [:]

  subscript(key: Text) -> Object? {
    get { objects[key] }
    set {
      if let newValue {
        if objects.updateValue(newValue, forKey: key) == nil { keys.insert(key, at: position(key)) }
      } else if objects.removeValue(forKey: key) != nil {
        keys.remove(at: position(key))
      }
    }
  }

  /// Carries out a request at the store's time `date`, with `modified` as the time of what it writes; of a bulk delete only the first `deletions` keys.
  mutating func apply(
    _ request: StoreRequest, date: StoreTime?, modified: StoreTime?, deletions: Int
  ) -> StoreReply {
    switch request {
    case .get(let key, let range):
      guard let object = objects[key] else { return .get(.notFound(date: date)) }
      return .get(
        .found(
          StoredObject(
            body: Self.part(range, of: object.body), size: object.body.count,
            lastModified: object.lastModified, date: date)))
    case .create(let key, let body):
      guard objects[key] == nil else { return .create(.exists(date: date)) }
      self[key] = Object(body: body, lastModified: modified)
      return .create(.created(date: date))
    case .put(let key, let body):
      self[key] = Object(body: body, lastModified: modified)
      return .done(date)
    case .list(let prefix, let startAfter, let maxKeys):
      return .list(
        list(prefix: prefix, startAfter: startAfter, maxKeys: min(maxKeys, 1000), date: date))
    case .delete(let keys):
      for key in keys.prefix(deletions) { self[key] = nil }
      return .done(date)
    }
  }

  private func list(
    prefix: Text, startAfter: Text?, maxKeys: Int, date: StoreTime?
  ) -> ListAnswer {
    var at = position(prefix)
    if let startAfter, startAfter >= prefix {
      at = position(startAfter)
      if at < keys.count, keys[at] == startAfter { at += 1 }
    }
    var items: [ListAnswer.Item] = []
    while at < keys.count, keys[at].hasPrefix(prefix), let object = objects[keys[at]] {
      if items.count == maxKeys {
        return ListAnswer(items: items, isTruncated: true, date: date)
      }
      items.append(
        ListAnswer.Item(
          key: keys[at].string, size: object.body.count, lastModified: object.lastModified))
      at += 1
    }
    return ListAnswer(items: items, isTruncated: false, date: date)
  }

  private static func part(_ range: ByteRange?, of body: [UInt8]) -> [UInt8] {
    switch range {
    case nil: body
    case .from(let offset, let count): Array(body.dropFirst(offset).prefix(count))
    case .last(let count): Array(body.suffix(count))
    }
  }

  /// The index of the first key that is not less than `key`.
  private func position(_ key: Text) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
