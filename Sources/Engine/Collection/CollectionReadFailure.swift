import ObjectStore
package import Segments

/// Why a state could not answer.
package enum CollectionReadFailure: Error {
  /// The request is to blame.
  case refused(EngineError)
  /// A segment could not be read.
  case segment(SegmentError)

  /// The manifest that this state stands on may be outdated: its segments are gone (S6).
  var isMissingObject: Bool {
    if case .segment(.missing) = self { true } else { false }
  }

  var engineError: EngineError {
    switch self {
    case .refused(let error): error
    case .segment(.store(let error)): .unavailable(error.message)
    case .segment(.missing(let key)): .damaged("object \(key) is missing")
    case .segment(.newerFormat(let key, let version)):
      .newerFormat("\(SegmentError.newerFormat(key: key, version: version))")
    case .segment(.cancelled): .unavailable("the request was cancelled")
    case .segment(.workspace(let reason)): .unavailable(reason)
    case .segment(let error): .damaged("\(error)")
    }
  }
}
