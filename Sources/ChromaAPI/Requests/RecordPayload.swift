package import JSON
package import Model

/// The body of add, upsert or update as it came.
package struct RecordPayload {
  package enum Kind {
    case add
    case upsert
    case update

    var structName: String {
      switch self {
      case .add: "AddCollectionRecordsPayload"
      case .upsert: "UpsertCollectionRecordsPayload"
      case .update: "UpdateCollectionRecordsPayload"
      }
    }
  }

  var ids: [Text]
  var embeddings: ReadEmbeddings?
  var documents: [Text?]?
  var uris: [Text?]?
  var metadatas: [ReadMetadata?]?
}

extension BodyReader {
  package mutating func recordPayload(_ kind: RecordPayload.Kind) throws(JSONError) -> RecordPayload
  {
    var payload = RecordPayload(ids: [])
    var ids: [Text]?
    var seen = SeenFields()
    try object(expected: "struct \(kind.structName)") { (body, key) throws(JSONError) in
      switch key {
      case "ids":
        try seen.note(key, &body)
        ids = try body.texts()
      case "embeddings":
        try seen.note(key, &body)
        if kind == .update, try body.json.nullIfPresent() { break }
        payload.embeddings = try body.embeddings(allowsNull: kind == .update)
      case "documents":
        try seen.note(key, &body)
        payload.documents = try body.optional { (body) throws(JSONError) in
          try body.optionalTexts()
        }
      case "uris":
        try seen.note(key, &body)
        payload.uris = try body.optional { (body) throws(JSONError) in try body.optionalTexts() }
      case "metadatas":
        try seen.note(key, &body)
        payload.metadatas = try body.optional { (body) throws(JSONError) in
          try body.metadatas(allowsNull: kind != .add)
        }
      default: try body.json.skip()
      }
    }
    payload.ids = try require(ids, "ids", self)
    if kind != .update { _ = try require(payload.embeddings, "embeddings", self) }
    return payload
  }

  private mutating func metadatas(allowsNull: Bool) throws(JSONError) -> [ReadMetadata?] {
    var metadatas: [ReadMetadata?] = []
    try array { (body) throws(JSONError) in
      metadatas.append(
        try body.optional { (body) throws(JSONError) in
          try body.metadata(allowsNull: allowsNull)
        })
    }
    return metadatas
  }
}

extension RecordPayload {
  /// The batch, checked in everything that does not depend on the collection, in Chroma's order.
  package consuming func batch() throws(APIError) -> RecordBatch {
    let column = try embeddings?.column()
    if let index = metadatas?.firstIndex(where: { $0?.hasReservedKey == true }) {
      throw .validation("metadatas", "Invalid metadata at index \(index)")
    }
    let counts = [embeddings?.lengths.count, documents?.count, uris?.count, metadatas?.count]
    guard counts.allSatisfy({ $0 == nil || $0 == ids.count }) else {
      throw .invalid("Inconsistent number of IDs, embeddings, documents, URIs and metadatas")
    }
    guard !ids.contains(where: \.isEmpty) else {
      throw .invalid("Empty ID, ID must have at least one character")
    }
    if let key = metadatas?.lazy.compactMap({ $0?.sparseKey }).first {
      throw .notImplemented(
        "Unimplemented: Sparse vector is not supported for local chroma: \(key)")
    }
    moveReservedKeys()
    return RecordBatch(
      ids: ids, embeddings: column, documents: documents, uris: uris,
      metadatas: metadatas?.map { $0.map { MetadataChange($0.entries) } })
  }

  /// Chroma keeps a document and a uri as metadata, and takes them there, too; a column of their own
  /// comes before.
  private mutating func moveReservedKeys() {
    guard let metadatas else { return }
    for (row, metadata) in metadatas.enumerated() {
      guard let metadata, metadata.entries.contains(where: { $0.key.hasPrefix("chroma:") })
      else { continue }
      var kept = metadata
      kept.entries.removeAll { entry in
        guard case .string(let text) = entry.value else { return false }
        switch entry.key {
        case "chroma:document": Self.set(&documents, row, text, count: ids.count)
        case "chroma:uri": Self.set(&uris, row, text, count: ids.count)
        default: return false
        }
        return true
      }
      self.metadatas?[row] = kept
    }
  }

  private static func set(_ column: inout [Text?]?, _ row: Int, _ text: Text, count: Int) {
    var values = column ?? Array(repeating: nil, count: count)
    // Not to be copied for every row.
    column = nil
    values[row] = values[row] ?? text
    column = values
  }
}
