import Model
import Segments

/// A record of the tail. Immutable, shared by every state that has it.
///
/// Of a record that was changed while it lived in a segment, the tail has what is always at hand; its document and
/// vector may stay where they are, in the row of the segment that is otherwise dead.
final class TailRecord: Sendable {
  enum Document: Sendable {
    case none
    case own(Text)
    case row(Segment, Int)
  }

  enum Vector: Sendable {
    /// Row of the tail's vector column.
    case own(UInt32)
    case row(Segment, Int)
  }

  /// The number of records that were inserted before this one: never changes.
  let offset: UInt64
  let id: Text
  let document: Document
  let uri: Text?
  /// All keys, those that begin with `chroma:` included.
  let metadata: Metadata
  let vector: Vector
  /// CRC32C; nil without a document.
  let documentChecksum: UInt32?
  let vectorChecksum: UInt32
  /// What the record adds to the collection's checksum.
  let checksum: UInt64

  init(
    offset: UInt64, id: Text, document: Document, uri: Text?, metadata: Metadata, vector: Vector,
    documentChecksum: UInt32?, vectorChecksum: UInt32
  ) {
    self.offset = offset
    self.id = id
    self.document = document
    self.uri = uri
    self.metadata = metadata
    self.vector = vector
    self.documentChecksum = documentChecksum
    self.vectorChecksum = vectorChecksum
    checksum = RecordChecksum.of(
      offset: offset, id: id, uri: uri, metadata: metadata, document: documentChecksum,
      vector: vectorChecksum)
  }

  /// Length of the document in bytes.
  var documentBytes: Int {
    switch document {
    case .none: 0
    case .own(let text): text.utf8Count
    case .row(let segment, let row): segment.documentBytes(row)
    }
  }

  /// The same record with its vector in another row of the tail's column.
  func moved(toVectorRow row: UInt32) -> TailRecord {
    TailRecord(
      offset: offset, id: id, document: document, uri: uri, metadata: metadata, vector: .own(row),
      documentChecksum: documentChecksum, vectorChecksum: vectorChecksum)
  }
}
