import Model

/// A bucket: keys with immutable or replaceable bodies, listed in the order of their UTF-8 bytes.
///
/// Every answer carries the store's own time at which it was given, on which rule S4 rests. Whatever a store
/// cannot say for certain is an error, never an empty answer: a 404 that means "access denied" or "no such
/// bucket" must be thrown.
package protocol ObjectStore: Sendable {
  /// The object, or the part of it that `range` names.
  ///
  /// A range that begins at or past the end gives an empty body.
  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer

  /// Creates the object if no object has this key (`PUT If-None-Match: *`); of any number of creators
  /// exactly one succeeds.
  ///
  /// One attempt, never repeated by a store on its own: an error may come after the object was created
  /// (`ObjectStoreError.mayHaveBeenApplied`), and so may `.exists` (rule S2).
  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer

  /// Creates or replaces the object. Large bodies may go in several parts.
  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime?

  /// The first `maxKeys` (at most 1,000) keys that begin with `prefix` and are greater than `startAfter`.
  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer

  /// Deletes the object if it is there.
  func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime?

  /// Deletes up to 1,000 objects; those that are not there count as deleted.
  func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime?

  /// What crashed writers left of large objects whose keys begin with `prefix`; at most 1,000 at a time.
  ///
  /// None, in a store that keeps nothing of the kind. A store that does not know for which keys they were
  /// lists them all.
  func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList

  /// Gives up an upload that `listUploads` named: its bytes are freed. Nothing, if it is not there.
  func abortUpload(_ key: String, id: String) async throws(ObjectStoreError)
}

extension ObjectStore {
  package func get(_ key: String) async throws(ObjectStoreError) -> GetAnswer {
    try await get(key, range: nil)
  }

  /// The whole object; nil where there is none.
  package func find(_ key: String) async throws(ObjectStoreError) -> StoredObject? {
    switch try await get(key, range: nil) {
    case .found(let object): object
    case .notFound: nil
    }
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    UploadList(items: [], isTruncated: false, date: nil)
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {}
}

/// Part of an object, in bytes.
package enum ByteRange: Hashable, Sendable {
  /// `count` bytes (fewer where the object ends earlier) from `offset` on; `count` is positive.
  case from(offset: Int, count: Int)
  /// The last `count` bytes; the whole object where it is smaller.
  case last(Int)
}

package enum GetAnswer: Sendable {
  case found(StoredObject)
  /// There is no object with this key; `date` is the store's time of the answer, where it tells.
  case notFound(date: StoreTime?)
}

package struct StoredObject: Sendable {
  package let body: [UInt8]
  /// Bytes of the whole object, also for a ranged read.
  package let size: Int
  package let lastModified: StoreTime?
  package let date: StoreTime?

  package init(body: [UInt8], size: Int, lastModified: StoreTime?, date: StoreTime?) {
    self.body = body
    self.size = size
    self.lastModified = lastModified
    self.date = date
  }
}

package enum CreateAnswer: Sendable, Equatable {
  case created(date: StoreTime?)
  /// An object with this key was there (412): another's, or one's own from an attempt whose answer was lost.
  case exists(date: StoreTime?)
}

package struct ListAnswer: Sendable {
  package struct Item: Sendable, Hashable {
    package let key: String
    package let size: Int
    package let lastModified: StoreTime?

    package init(key: String, size: Int, lastModified: StoreTime?) {
      self.key = key
      self.size = size
      self.lastModified = lastModified
    }
  }

  /// Ascending by the UTF-8 bytes of the keys within one folder; some servers sort nested folders differently.
  package let items: [Item]
  /// True if more keys follow; go on with the last key as `startAfter`.
  package let isTruncated: Bool
  package let date: StoreTime?

  package init(items: [Item], isTruncated: Bool, date: StoreTime?) {
    self.items = items
    self.isTruncated = isTruncated
    self.date = date
  }
}

/// A moment by the store's clock (`Date`, `Last-Modified`), in milliseconds since 1970. S3 gives whole seconds.
package struct StoreTime: Hashable, Comparable, Sendable {
  package let millisecondsSince1970: Int64

  package init(millisecondsSince1970: Int64) {
    self.millisecondsSince1970 = millisecondsSince1970
  }

  package static func < (a: StoreTime, b: StoreTime) -> Bool {
    a.millisecondsSince1970 < b.millisecondsSince1970
  }

  /// The time from `other` to this moment; negative if this one is earlier.
  package func since(_ other: StoreTime) -> Duration {
    let (distance, isBeyond) = millisecondsSince1970.subtractingReportingOverflow(
      other.millisecondsSince1970)
    guard isBeyond else { return .milliseconds(distance) }
    return .milliseconds(self < other ? Int64.min : .max)
  }

  package func advanced(by duration: Duration) -> StoreTime {
    let (sum, isBeyond) = millisecondsSince1970.addingReportingOverflow(duration.wholeMilliseconds)
    guard isBeyond else { return StoreTime(millisecondsSince1970: sum) }
    return StoreTime(millisecondsSince1970: duration < .zero ? .min : .max)
  }
}
