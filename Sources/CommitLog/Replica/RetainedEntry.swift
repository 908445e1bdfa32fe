package import ObjectStore

/// An entry that a state holds and the manifest beneath it does not.
package struct RetainedEntry: Sendable {
  package let number: UInt64
  /// Of the whole object.
  package let hash: LogHash
  package let payload: ArraySlice<UInt8>
  /// When the store was known to hold it: its own date, or that of the answer that created it.
  package let date: StoreTime?
  /// This server wrote it.
  package let isOwn: Bool

  /// About the memory that it takes.
  var memoryBytes: Int { Self.memoryBytes(payload.count) }

  /// About the memory of one with so many bytes of payload: the whole object, and what is noted beside it. Many small ones are
  /// that above all.
  package static func memoryBytes(_ payloadBytes: Int) -> Int { payloadBytes + 256 }
}
