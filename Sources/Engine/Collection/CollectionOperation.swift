package import Model

/// One step of a collection's log. Its bytes are described in docs/FORMAT.md.
package enum CollectionOperation: Hashable, Sendable {
  /// Inserts the records whose ids are not there yet.
  case add(RecordBatch)
  /// Inserts those that are not there, changes those that are.
  case upsert(RecordBatch)
  /// Changes those that are there.
  case update(RecordBatch)
  case delete([Text])
  /// The end of the log.
  case seal

  private enum Code {
    static let add: UInt8 = 1
    static let upsert: UInt8 = 2
    static let update: UInt8 = 3
    static let delete: UInt8 = 4
    static let seal: UInt8 = 5
  }

  package func encode(into writer: inout BinaryWriter) {
    switch self {
    case .add(let batch):
      writer.write(Code.add)
      batch.encode(into: &writer)
    case .upsert(let batch):
      writer.write(Code.upsert)
      batch.encode(into: &writer)
    case .update(let batch):
      writer.write(Code.update)
      batch.encode(into: &writer)
    case .delete(let ids):
      writer.write(Code.delete)
      writer.write(length: ids.count)
      for id in ids { writer.write(id) }
    case .seal:
      writer.write(Code.seal)
    }
  }

  package init(from reader: inout BinaryReader) throws(BinaryError) {
    switch try reader.readInteger(UInt8.self) {
    case Code.add: self = .add(try RecordBatch(from: &reader))
    case Code.upsert: self = .upsert(try RecordBatch(from: &reader))
    case Code.update: self = .update(try RecordBatch(from: &reader))
    case Code.delete:
      self = .delete(
        try reader.readList(unit: 1) { reader throws(BinaryError) in try reader.readText() })
    case Code.seal: self = .seal
    case let code: throw BinaryError("operation \(code) is not known")
    }
  }

  /// About the bytes that the batch takes in a payload.
  static func estimatedBytes(of batch: RecordBatch) -> Int {
    var bytes = 32 + (batch.embeddings?.components.count ?? 0) * 4
    for id in batch.ids { bytes += id.utf8Count + 2 }
    for text in batch.documents ?? [] { bytes += (text?.utf8Count ?? 0) + 2 }
    for text in batch.uris ?? [] { bytes += (text?.utf8Count ?? 0) + 2 }
    for change in batch.metadatas ?? [] { bytes += change?.estimatedBytes ?? 1 }
    return bytes
  }
}
