import Model

/// A command on its way into the log. Belongs to one replica and is touched on its actor only.
final class PendingCommand<State: ReplicatedState> {
  typealias Result = Swift.Result<Committed<State.Outcome>, LogFailure<State.Rejection>>

  let ticket: UInt64
  let command: State.Command
  let bytes: Int
  private var continuation: CheckedContinuation<Result, Never>?

  init(
    ticket: UInt64, command: State.Command, continuation: CheckedContinuation<Result, Never>
  ) {
    self.ticket = ticket
    self.command = command
    self.bytes = State.estimatedBytes(of: command)
    self.continuation = continuation
  }

  /// Once answered, by whatever answer, it is never put into another entry (S2).
  var isAnswered: Bool { continuation == nil }

  /// The first answer counts, later ones do nothing.
  func answer(_ result: Result) {
    continuation?.resume(returning: result)
    continuation = nil
  }
}

/// An entry that was decided and is to take the slot after `base`.
final class Attempt<State: ReplicatedState> {
  typealias Decision = (
    command: PendingCommand<State>, result: Result<State.Outcome, State.Rejection>, writes: Bool
  )

  enum Resolution {
    case won
    /// Another server's entry has the slot.
    case lost
    /// Certainly not applied, and decided anew because somebody was told so meanwhile.
    case withdrawn
    /// Certainly not applied, and given up.
    case refused(String)
    /// Left open: the replica is stopping or its log cannot be used.
    case unknown(String)
  }

  let entry: LogEntry
  let object: [UInt8]
  let hash: LogHash
  /// The state with the entry applied; made anew when the state beneath moves to a newer manifest.
  var candidate: State
  let decisions: [Decision]
  /// True from the moment a request was sent that may have created the object.
  var mayBeApplied = false
  /// After a loss: everything up to an empty slot was read already.
  var isCaughtUp = false
  var resolution: Resolution?

  init(entry: LogEntry, object: [UInt8], candidate: State, decisions: [Decision]) {
    self.entry = entry
    self.object = object
    self.candidate = candidate
    self.decisions = decisions
    hash = LogHash(ofObject: object)
  }

  var slot: UInt64 { entry.number }
}
