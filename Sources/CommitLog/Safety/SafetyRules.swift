/// The rules of the protocol that a replica keeps. A server always keeps all of them; the simulation takes one
/// out at a time to show that its checks notice.
package struct SafetyRules: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

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

  /// S4: an answer about a slot counts only near a confirmation.
  package static let checksDates = SafetyRules(rawValue: 1 << 6)
  /// S4: an append that was not believed confirms nothing.
  package static let confirmsByManifest = SafetyRules(rawValue: 1 << 7)
  /// S4: the collector waits for the same grace as the servers.
  package static let collectsAfterGrace = SafetyRules(rawValue: 1 << 8)
  /// S4: manifests are emptied, never deleted.
  package static let emptiesManifests = SafetyRules(rawValue: 1 << 9)
  /// S5: what is deleted was condemned by a manifest first.
  package static let condemnsFirst = SafetyRules(rawValue: 1 << 10)
  /// S5: a publisher that lost reads the winner and every number after it.
  package static let readsEveryWinner = SafetyRules(rawValue: 1 << 11)
  /// S5: an emptied manifest may have condemned anything.
  package static let heedsEmptied = SafetyRules(rawValue: 1 << 12)
  /// S5: a compaction that lost maps the deletions made since onto its output.
  package static let mapsDeletions = SafetyRules(rawValue: 1 << 13)
  /// S5: a flush that lost goes on only where the winner ends exactly where it begins.
  package static let flushesOnExactBase = SafetyRules(rawValue: 1 << 14)
  /// S5: a flush that lost looks up its deleted and replaced ids anew.
  package static let looksUpAnew = SafetyRules(rawValue: 1 << 15)
  /// A manifest says exactly up to which entry it reaches.
  package static let tellsPositionExactly = SafetyRules(rawValue: 1 << 16)
  /// A deleted collection keeps its manifests.
  package static let keepsFinalManifests = SafetyRules(rawValue: 1 << 17)

  /// S4: the server's own clock must say, too, that a confirmation is young enough.
  package static let checksOwnClock = SafetyRules(rawValue: 1 << 18)

  package static let all = SafetyRules(rawValue: (1 << 19) - 1)
}
