package import Model

/// Why a request was refused or could not be carried out.
///
/// The engine names the case and what belongs to it; the wording for Chroma's clients is made in one place of
/// the HTTP layer.
package enum EngineError: Error, Hashable, Sendable {
  case tenantNotFound(Text)
  case tenantExists(Text)
  case databaseNotFound(Text)
  case databaseExists(Text)
  case collectionNotFound(name: Text)
  case collectionIDNotFound(UniqueID)
  case collectionExists(name: Text)
  /// A vector has another number of components than the collection's.
  case dimensionMismatch(expected: Int, got: Int)
  /// A pattern of a filter is not a regular expression; the text is the parser's own.
  case invalidPattern(String)
  /// Anything else that is wrong with the request and must be changed by the caller.
  case invalidArgument(String)
  /// The caller demanded a state that does not exist yet.
  case positionAhead(demanded: UInt64, head: UInt64)
  /// Certainly not applied, and may succeed later: the bucket cannot be reached or asks to slow down, or the
  /// server is still loading.
  case unavailable(String)
  /// Certainly not applied: more was written lately than could be put away. May succeed in a moment.
  case overloaded(String)
  /// The write may or may not have been applied, now or in a moment.
  case outcomeUnknown(String)
  /// An object in the bucket is missing or damaged; names it.
  case damaged(String)
  /// An object in the bucket was written by a newer version of Apus than this one.
  case newerFormat(String)
}
