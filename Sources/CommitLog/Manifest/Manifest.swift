package import Model

/// One numbered object that says what a log adds up to, so that nobody needs the entries before `position`.
///
/// Manifests are created once, like entries, and never deleted: one that is not the newest may be emptied
/// (overwritten with nothing), and its number stays taken for ever (S4).
package struct Manifest: Hashable, Sendable {
  /// The first is 1.
  package let number: UInt64
  /// The server process that wrote it.
  package let writer: UniqueID
  /// Random per manifest, the same over all attempts at its number.
  package let putID: UniqueID
  /// The log position that the manifest covers; never less than that of the manifest before.
  package let position: UInt64
  /// Hash of the entry at `position`.
  package let entryHash: LogHash
  /// The last manifest of a deleted collection: no number is created after it.
  package let isFinal: Bool
  /// Objects that are named by no manifest and are deleted once this one stands (S5).
  package let condemned: [UniqueID]
  /// The state at `position`, in the state's own format.
  package let payload: [UInt8]
  /// The lowest format version whose servers may write or collect in this log (S9).
  package let writerVersion: UInt16

  package init(
    number: UInt64, writer: UniqueID, putID: UniqueID, position: UInt64, entryHash: LogHash,
    isFinal: Bool = false, condemned: [UniqueID] = [], payload: [UInt8],
    writerVersion: UInt16 = ManifestCodec.formatVersion
  ) {
    self.number = number
    self.writer = writer
    self.putID = putID
    self.position = position
    self.entryHash = entryHash
    self.isFinal = isFinal
    self.condemned = condemned
    self.payload = payload
    self.writerVersion = writerVersion
  }
}

/// What a new manifest is to say; number and put id are given when it is published.
package struct ManifestDraft: Sendable {
  package var position: UInt64
  package var entryHash: LogHash
  package var isFinal: Bool
  package var condemned: [UniqueID]
  package var payload: [UInt8]

  package init(
    position: UInt64, entryHash: LogHash, isFinal: Bool = false, condemned: [UniqueID] = [],
    payload: [UInt8]
  ) {
    self.position = position
    self.entryHash = entryHash
    self.isFinal = isFinal
    self.condemned = condemned
    self.payload = payload
  }
}
