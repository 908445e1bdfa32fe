package import Model

/// One numbered object of a log: the operations of one group commit, chained to the entry before it.
package struct LogEntry: Hashable, Sendable {
  /// Position in the log; the first is 1.
  package let number: UInt64
  /// Hash of the entry before this one; `LogHash.start` for the first.
  package let previousHash: LogHash
  /// The server process that wrote the entry.
  package let writer: UniqueID
  /// Random per entry, the same over all attempts at its slot: tells the writer its own entry (S2).
  package let putID: UniqueID
  /// The operations, in the format of the state that this log carries: usually a part of the whole object.
  package let payload: ArraySlice<UInt8>

  package init(
    number: UInt64, previousHash: LogHash, writer: UniqueID, putID: UniqueID,
    payload: ArraySlice<UInt8>
  ) {
    self.number = number
    self.previousHash = previousHash
    self.writer = writer
    self.putID = putID
    self.payload = payload
  }
}
