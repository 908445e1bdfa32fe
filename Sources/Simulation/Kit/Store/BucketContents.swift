import Model
import ObjectStore

/// The objects of a bucket, and what each request does to them.
struct BucketContents {
  struct Object {
    var body: [UInt8]
    var lastModified: StoreTime?
  }

  /// An object that is being put in parts.
  struct Upload {
    let key: Text
    let initiated: StoreTime?
    var parts: [Int: [UInt8]] = [:]
  }

  /// Ascending by UTF-8 bytes.
  private(set) var keys: [Text] = []
  private var objects: [Text: Object] = [:]
  /// By id.
  private(set) var uploads: [String: Upload] = [:]
  private var lastUpload = 0

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
    case .beginUpload(let key):
      lastUpload += 1
      let id = "upload-\(lastUpload)"
      uploads[id] = Upload(key: key, initiated: modified)
      return .upload(id: id)
    case .part(_, let id, let number, let body):
      guard uploads[id] != nil else { return .noSuchUpload }
      uploads[id]?.parts[number] = body
      return .done(date)
    case .endUpload(let key, let id):
      guard let upload = uploads.removeValue(forKey: id) else { return .noSuchUpload }
      let body = upload.parts.sorted { $0.key < $1.key }.flatMap(\.value)
      // As S3 does it: the object is as old as its upload.
      self[key] = Object(body: body, lastModified: upload.initiated)
      return .done(date)
    case .abortUpload(_, let id):
      uploads[id] = nil
      return .done(date)
    case .listUploads(let prefix):
      let found = uploads.filter { $0.value.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
      return .uploads(
        UploadList(
          items: found.prefix(1000).map {
            UploadList.Item(key: $1.key.string, id: $0, initiated: $1.initiated)
          },
          isTruncated: found.count > 1000, date: date))
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
