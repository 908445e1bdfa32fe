package import Engine
import JSON
import Model

extension GetAnswer {
  /// All six keys are there; what was not asked for is null.
  package func answer(include: [Include]) -> Answer {
    Answer.json(logPosition: logPosition, bytes: estimatedBytes(records.count)) { json in
      json.beginObject()
      json.key("ids")
      json.column(records) { $0.string($1.id) }
      for part in Include.recordParts {
        json.key(part.name)
        if include.contains(part) {
          json.column(records) { $0.write(part, of: $1) }
        } else {
          json.null()
        }
      }
      json.key("include")
      json.include(include)
      json.endObject()
    }
  }
}

extension QueryAnswer {
  /// As for get, with one column per query vector, and the distances.
  package func answer(include: [Include]) -> Answer {
    let count = matches.reduce(0) { $0 + $1.count }
    return Answer.json(logPosition: logPosition, bytes: estimatedBytes(count)) { json in
      json.beginObject()
      json.key("ids")
      json.column(matches) { json, matches in json.column(matches) { $0.string($1.record.id) } }
      for part in Include.recordParts {
        json.key(part.name)
        if include.contains(part) {
          json.column(matches) { json, matches in
            json.column(matches) { $0.write(part, of: $1.record) }
          }
        } else {
          json.null()
        }
      }
      json.key("distances")
      if include.contains(.distances) {
        json.column(matches) { json, matches in json.floats(matches.map(\.distance)) }
      } else {
        json.null()
      }
      json.key("include")
      json.include(include)
      json.endObject()
    }
  }
}

/// Bytes to begin with for so many records: growing to them costs as much as writing.
private func estimatedBytes(_ records: Int) -> Int { min(256 + records * 512, 64 << 10) }

extension Include {
  /// In the order of Chroma's answers.
  fileprivate static let recordParts: [Include] = [.embeddings, .documents, .uris, .metadatas]
}

extension JSONWriter {
  fileprivate mutating func column<Element>(
    _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    beginArray()
    for element in elements { write(&self, element) }
    endArray()
  }

  fileprivate mutating func write(_ part: Include, of record: RecordView) {
    switch part {
    case .distances: null()
    case .documents: optional(record.document)
    case .uris: optional(record.uri)
    case .embeddings: if let embedding = record.embedding { floats(embedding) } else { null() }
    case .metadatas: visibleMetadata(of: record)
    }
  }

  private mutating func optional(_ text: Text?) {
    if let text { string(text) } else { null() }
  }

  /// Null for a record that has no metadata whatever; one that has only a uri or hidden keys has an empty
  /// object, as Chroma keeps both as metadata.
  private mutating func visibleMetadata(of record: RecordView) {
    guard !record.storedMetadata.isEmpty || record.uri != nil else { return null() }
    beginObject()
    switch record.storedMetadata {
    case .values(let metadata):
      for entry in metadata.entries where !entry.key.hasPrefix("chroma:") {
        key(entry.key)
        self.metadata(entry.value)
      }
    case .encoded(let encoded): write(encoded)
    }
    endObject()
  }

  private mutating func write(_ encoded: EncodedMetadata) {
    // Asked for each key: no reference is counted for it.
    let hidden: StaticString = "chroma:"
    encoded.forEach { key, value in
      guard !hidden.withUTF8Buffer({ key.starts(with: $0) }) else { return }
      self.key(utf8: key)
      switch value {
      case .bool(let value): bool(value)
      case .int(let value): int(value)
      case .float(let value): double(value)
      case .string(let utf8): string(utf8: utf8)
      }
    }
  }

  fileprivate mutating func include(_ include: [Include]) {
    column(include) { $0.string($1.name) }
  }
}
