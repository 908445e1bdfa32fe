package import Engine
package import Model

/// A record as the plain model has it, and as an answer shows it.
package struct PlainRecord: Hashable, Sendable, CustomStringConvertible {
  package var id: Text
  /// Empty where it was not asked for.
  package var vector: [Float]
  package var document: Text?
  package var uri: Text?
  package var metadata: [Text: MetadataValue]

  package init(
    id: Text, vector: [Float] = [], document: Text? = nil, uri: Text? = nil,
    metadata: [Text: MetadataValue] = [:]
  ) {
    self.id = id
    self.vector = vector
    self.document = document
    self.uri = uri
    self.metadata = metadata
  }

  package init(_ view: RecordView, fields: RecordFields) {
    self.init(
      id: view.id, vector: view.embedding ?? [], document: view.document, uri: view.uri,
      metadata: Dictionary(uniqueKeysWithValues: view.metadata.entries.map { ($0.key, $0.value) }))
    self = only(fields)
  }

  /// The record as an answer with these fields shows it.
  package func only(_ fields: RecordFields) -> PlainRecord {
    var record = self
    if !fields.contains(.embeddings) { record.vector = [] }
    if !fields.contains(.documents) { record.document = nil }
    if !fields.contains(.uris) { record.uri = nil }
    if !fields.contains(.metadatas) { record.metadata = [:] }
    return record
  }

  package var description: String {
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return "\(id) \(vector) \(document?.string ?? "-") \(uri?.string ?? "-") \(pairs)"
  }
}

/// One record of a write: what is nil is left as it is.
package struct PlainChange: Hashable, Sendable {
  package var id: Text
  package var vector: [Float]?
  package var document: Text?
  package var uri: Text?
  /// Nil removes the key.
  package var metadata: [Text: MetadataValue?]

  package init(
    id: Text, vector: [Float]? = nil, document: Text? = nil, uri: Text? = nil,
    metadata: [Text: MetadataValue?] = [:]
  ) {
    self.id = id
    self.vector = vector
    self.document = document
    self.uri = uri
    self.metadata = metadata
  }
}

extension [PlainChange] {
  /// The request's columns.
  package var batch: RecordBatch {
    let vectors = compactMap(\.vector)
    var slots: [Int32] = []
    var next: Int32 = 0
    for change in self {
      slots.append(change.vector == nil ? -1 : next)
      if change.vector != nil { next += 1 }
    }
    return RecordBatch(
      ids: map(\.id),
      embeddings: vectors.first.map {
        EmbeddingColumn(
          dimension: $0.count, components: vectors.flatMap(\.self),
          slots: vectors.count == count ? nil : slots)
      },
      documents: map(\.document), uris: map(\.uri),
      metadatas: map { change in
        change.metadata.isEmpty
          ? nil
          : MetadataChange(
            change.metadata.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) })
      })
  }
}
