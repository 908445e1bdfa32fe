/// The rules of the protocol that a replica keeps. A server always keeps all of them; the simulation takes one
/// out at a time to show that its checks notice.
package struct SafetyRules: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// S1: an entry that lost its slot is decided anew on top of the winner.
  package static let decidesAnewAfterLoss = SafetyRules(rawValue: 1)
  /// S2: an unclear attempt is resolved by reading its slot, before anything else is tried.
  package static let resolvesByReading = SafetyRules(rawValue: 2)
  /// S3: a write that may have been applied is never called failed.
  package static let admitsUnknown = SafetyRules(rawValue: 4)
  /// Each command of an entry is decided on the state with the earlier ones applied.
  package static let decidesWithinEntry = SafetyRules(rawValue: 8)
  /// An answer that writes nothing is given only when the state it rests on was proven current.
  package static let provesWithoutWriting = SafetyRules(rawValue: 16)

  /// S3: a write that was answered "not applied" is never sent after that.
  package static let withdrawsRefused = SafetyRules(rawValue: 32)

  package static let all: SafetyRules = [
    .decidesAnewAfterLoss, .resolvesByReading, .admitsUnknown, .decidesWithinEntry,
    .provesWithoutWriting, .withdrawsRefused,
  ]
}
