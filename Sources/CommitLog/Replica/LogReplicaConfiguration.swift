package import Model

/// What a replica is told about its surroundings.
package struct LogReplicaConfiguration: Sendable {
  package var keys: LogKeys
  /// This server process, in every entry that it writes.
  package var writer: UniqueID
  /// G of rule S4, the bucket's.
  package var grace: Duration
  package var rules: SafetyRules
  package var limits: LogLimits
  /// Bounds how many logs are read from their beginning at the same time; nil for no bound.
  package var loadGate: Gate?

  package init(
    keys: LogKeys, writer: UniqueID, grace: Duration, rules: SafetyRules = .all,
    limits: LogLimits = LogLimits(), loadGate: Gate? = nil
  ) {
    self.loadGate = loadGate
    self.keys = keys
    self.writer = writer
    self.grace = grace
    self.rules = rules
    self.limits = limits
  }
}

package struct LogLimits: Sendable {
  /// Commands join an entry until their estimated bytes reach this; a larger one is an entry of its own.
  package var entryBytesTarget = 8 << 20
  package var entryCommandsMax = 1024
  /// A command that takes more bytes in a payload is refused; with `entryBytesTarget` below what a reader takes.
  package var commandBytesMax = 768 << 20
  /// Commands beyond these wait outside: they are refused as "not applied".
  package var queuedBytesMax = 512 << 20
  package var queuedCommandsMax = 16_384
  /// With more bytes than this in entries that no manifest covers, commands are refused until one does.
  package var tailBytesMax = 512 << 20
  /// The same of all logs together; nil for no bound.
  package var allTails: TailBudget?
  /// Entries fetched at once while reading ahead, and about how many bytes of them.
  package var readAheadMax: UInt64 = 32
  package var readAheadBytesMax = 64 << 20
  /// A writer gives way after this many entries in a row (S1).
  package var winsInARowMax = 32
  /// Servers whose entries were met within this time are given their turns after each win (S1).
  package var contentionWindow = Duration.seconds(2)
  /// Turns that a writer waits at most after a win, and how long one may be taken to be.
  package var turnsGivenMax = 16
  package var turnMax = Duration.milliseconds(500)
  package var backoffFirst = Duration.milliseconds(50)
  package var backoffMax = Duration.seconds(3)

  package init() {}

  /// Limits that fit a memory of so many bytes, of which each is a fraction.
  package init(memoryBytes: Int) {
    entryBytesTarget = min(max(memoryBytes / 32, 1 << 20), 8 << 20)
    queuedBytesMax = min(max(memoryBytes / 8, 4 << 20), 512 << 20)
    readAheadBytesMax = min(max(memoryBytes / 16, 2 << 20), 64 << 20)
  }
}
