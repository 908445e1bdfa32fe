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
        if include.contains(part) { json.column(records, part) } else { json.null() }
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
    let records = matches.map { $0.map(\.record) }
    let count = records.reduce(0) { $0 + $1.count }
    return Answer.json(logPosition: logPosition, bytes: estimatedBytes(count)) { json in
      json.beginObject()
      json.key("ids")
      json.column(records) { json, records in json.column(records) { $0.string($1.id) } }
      for part in Include.recordParts {
        json.key(part.name)
        if include.contains(part) {
          json.column(records) { json, records in json.column(records, part) }
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

  /// One part of each record.
  fileprivate mutating func column(_ records: [RecordView], _ part: Include) {
    column(records) { json, record in
      switch part {
      case .distances: json.null()
      case .documents: json.optional(record.document)
      case .uris: json.optional(record.uri)
      case .embeddings:
        if let embedding = record.embedding { json.floats(embedding) } else { json.null() }
      case .metadatas: json.visibleMetadata(of: record)
      }
    }
  }

  private mutating func optional(_ text: Text?) {
    if let text { string(text) } else { null() }
  }

  /// Null for a record that has no metadata whatever; one that has only a uri or hidden keys has an empty
  /// object, as Chroma keeps both as metadata.
  private mutating func visibleMetadata(of record: RecordView) {
    guard !record.metadata.isEmpty || record.uri != nil else { return null() }
    beginObject()
    for entry in record.metadata.entries where !entry.key.hasPrefix("chroma:") {
      key(entry.key)
      metadata(entry.value)
    }
    endObject()
  }

  fileprivate mutating func include(_ include: [Include]) {
    column(include) { $0.string($1.name) }
  }
}
