package import ObjectStore

/// Why a segment could not be read.
package enum SegmentError: Error, Sendable, CustomStringConvertible {
  /// The store did not answer; may be tried again.
  case store(ObjectStoreError)
  /// The object is not there (S6).
  case missing(key: String)
  /// The object is not what it should be (S7).
  case damaged(key: String, reason: String)
  /// The object needs a newer version of Apus (S9).
  case newerFormat(key: String, version: UInt16)
  /// The local copy cannot be kept.
  case workspace(String)
  /// More than a segment can hold.
  case tooLarge(String)
  case cancelled

  package var description: String {
    switch self {
    case .store(let error): error.message
    case .missing(let key): "object \(key) is missing"
    case .damaged(let key, let reason): "object \(key) is damaged: \(reason)"
    case .newerFormat(let key, let version):
      "object \(key) has format version \(version); this server reads versions up to "
        + "\(SegmentFormat.version): use the newer version of Apus that wrote it"
    case .workspace(let reason): reason
    case .tooLarge(let reason): reason
    case .cancelled: "the request was cancelled"
    }
  }
}
