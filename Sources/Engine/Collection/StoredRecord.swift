import Model

/// A record as the state holds it, but for its vector. Immutable, shared by every state that has it.
final class StoredRecord: Sendable {
  let id: Text
  let document: Text?
  let uri: Text?
  /// All keys, those that begin with `chroma:` included.
  let metadata: Metadata
  /// Row of the record's vector in the state's vector column.
  let vectorRow: UInt32

  init(id: Text, document: Text?, uri: Text?, metadata: Metadata, vectorRow: UInt32) {
    self.id = id
    self.document = document
    self.uri = uri
    self.metadata = metadata
    self.vectorRow = vectorRow
  }
}
