package import Model
package import ObjectStore

/// The fold of a log: what its entries, applied in order, add up to.
///
/// A value type whose copies are cheap: a writer decides its next entry on a copy, which it drops if another
/// server takes the slot, while readers keep the one that was published.
package protocol ReplicatedState: Sendable {
  associatedtype Command: Sendable
  associatedtype Outcome: Sendable
  associatedtype Rejection: Error
  /// What opening a manifest takes, such as access to the objects that it names.
  associatedtype Opener: Sendable

  /// Carries out the command on this state and appends to `payload` what another server must apply to come to
  /// the same state. Appends nothing if nothing changes. Changes neither if it throws. May read the bucket.
  mutating func decide(
    _ command: Command, into payload: inout BinaryWriter
  ) async throws(Rejection) -> Outcome

  /// Applies the payload of one entry. Deterministic: depends on the state and the payload alone.
  /// - Throws: if the payload is not one that `decide` wrote; the state is then unspecified.
  mutating func apply(_ payload: ArraySlice<UInt8>) throws(BinaryError)

  /// The state that a manifest of this log describes.
  static func open(_ manifest: Manifest, with opener: Opener) async throws(OpenFailure) -> Self

  /// Whether the command ends the log: it is taken even where the log has no room for more.
  static func endsLog(_ command: Command) -> Bool

  /// About how many bytes the command adds to a payload.
  static func estimatedBytes(of command: Command) -> Int
}

extension ReplicatedState {
  package static func endsLog(_ command: Command) -> Bool { false }
}

/// A state with the position of the log up to which it reaches. Immutable.
///
/// A class, since a state consists of many references, and each request takes some snapshots.
package final class LogSnapshot<State: ReplicatedState>: Sendable {
  package let position: UInt64
  package let state: State

  init(position: UInt64, state: State) {
    self.position = position
    self.state = state
  }
}

/// What became of a command, and the position of the log at which that stands.
package struct Committed<Outcome: Sendable>: Sendable {
  package let outcome: Outcome
  package let position: UInt64
}

/// Why the state of a manifest could not be opened.
package enum OpenFailure: Error, Sendable {
  /// May be tried again.
  case store(ObjectStoreError)
  /// An object that the manifest names is not there: the manifest may not be the newest any more (S6).
  case missing(key: String)
  case damaged(String)
  case newerFormat(String)
}
