/// Why a command or a read of a log got no answer.
package enum LogFailure<Rejection: Error>: Error {
  /// The state refuses the command.
  case rejected(Rejection)
  /// Takes more bytes in the log than an entry may hold; will never be applied.
  case tooLarge(bytes: Int, bytesMax: Int)
  /// Certainly not applied, now or later; may be tried again.
  case notApplied(reason: String)
  /// Certainly not applied, because more was written lately than could be put away; may be tried again.
  case overloaded(reason: String)
  /// May or may not have been applied, or may be yet.
  case outcomeUnknown(reason: String)
  /// The log itself cannot be used.
  case fault(LogFault)
}

/// Why a log cannot be used until somebody mends it.
package enum LogFault: Error, Hashable, Sendable {
  case damaged(String)
  case newerFormat(String)

  init(_ error: LogObjectError) {
    switch error {
    case .damaged: self = .damaged(error.description)
    case .newerFormat: self = .newerFormat(error.description)
    }
  }
}
