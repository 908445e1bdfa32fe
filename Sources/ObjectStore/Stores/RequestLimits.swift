/// What S3 allows in one request; the folder and the memory store refuse the same, so that nothing
/// works there that fails in a bucket.
enum RequestLimits {
  static let keyBytesMax = 1024
  static let listKeysMax = 1000
  static let deleteKeysMax = 1000

  static func check(key: String) throws(ObjectStoreError) {
    let count = key.utf8.count
    guard count > 0 else {
      throw ObjectStoreError(
        .invalidRequest, "the key is empty", mayHaveBeenApplied: false)
    }
    guard count <= keyBytesMax else {
      throw ObjectStoreError(
        .invalidRequest, "key '\(key)' has \(count) bytes, more than \(keyBytesMax)",
        mayHaveBeenApplied: false)
    }
  }

  static func check(deleting keys: [String]) throws(ObjectStoreError) {
    guard keys.count <= deleteKeysMax else {
      throw ObjectStoreError(
        .invalidRequest, "delete of \(keys.count) keys at once, more than \(deleteKeysMax)",
        mayHaveBeenApplied: false)
    }
    for key in keys { try check(key: key) }
  }

  /// The number of keys on one page of a list.
  static func check(maxKeys: Int) throws(ObjectStoreError) -> Int {
    guard maxKeys > 0 else {
      throw ObjectStoreError(
        .invalidRequest, "list of \(maxKeys) keys, less than 1", mayHaveBeenApplied: false)
    }
    return min(maxKeys, listKeysMax)
  }
}

extension ByteRange {
  /// The bytes that the range names in an object of `size` bytes; empty if it begins at or past the
  /// end.
  package func bounds(size: Int) throws(ObjectStoreError) -> Range<Int> {
    switch self {
    case .from(let offset, let count):
      guard offset >= 0, count > 0 else {
        throw ObjectStoreError(
          .invalidRequest, "range of \(count) bytes from \(offset)", mayHaveBeenApplied: false)
      }
      let lower = min(offset, size)
      return lower..<(lower + min(count, size - lower))
    case .last(let count):
      guard count > 0 else {
        throw ObjectStoreError(
          .invalidRequest, "range of the last \(count) bytes", mayHaveBeenApplied: false)
      }
      return max(0, size - count)..<size
    }
  }
}
