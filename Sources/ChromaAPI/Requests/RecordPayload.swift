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

  let kind: Kind
  var ids: [Text] = []
  var embeddings: ReadEmbeddings?
  var documents: [Text?]?
  var uris: [Text?]?
  var metadatas: [ReadMetadata?]?
}

extension BodyReader {
  package mutating func recordPayload(_ kind: RecordPayload.Kind) throws(JSONError) -> RecordPayload
  {
    var payload = RecordPayload(kind: kind)
    let fields = try structure(
      Structure(
        name: kind.structName, fields: ["ids", "embeddings", "documents", "uris", "metadatas"])
    ) { (body, field) throws(JSONError) in
      switch field {
      case "ids": payload.ids = try body.texts()
      case "embeddings":
        if kind == .update, try body.json.nullIfPresent() { break }
        payload.embeddings = try body.embeddings(allowsNull: kind == .update)
      case "documents":
        payload.documents = try body.optional { (body) throws(JSONError) in
          try body.optionalTexts()
        }
      case "uris":
        payload.uris = try body.optional { (body) throws(JSONError) in try body.optionalTexts() }
      default:
        payload.metadatas = try body.optional { (body) throws(JSONError) in
          try body.metadatas(allowsNull: kind != .add)
        }
      }
    }
    try require("ids", in: fields)
    if kind != .update { try require("embeddings", in: fields) }
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
  /// Checks everything in Chroma's order, in which the collection's dimension has its place.
  package func validate(dimension: Int? = nil) throws(APIError) {
    try embeddings?.validate(rowByRow: kind == .update)
    if let index = metadatas?.firstIndex(where: { $0?.isInvalid == true }) {
      throw .validation("metadatas", "Invalid metadata at index \(index)")
    }
    try embeddings?.checkDimension(ofCollection: dimension)
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
  }

  /// The batch of a payload that was found right.
  package consuming func batch() -> RecordBatch {
    let column = embeddings?.column()
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
      guard var kept = metadata, kept.entries.contains(where: { $0.key.hasPrefix("chroma:") })
      else { continue }
      kept.entries.removeAll { entry in
        switch entry.key {
        case "chroma:document": Self.move(entry.value, to: &documents, row, count: ids.count)
        case Metadata.uriKey: Self.move(entry.value, to: &uris, row, count: ids.count)
        default: false
        }
      }
      self.metadatas?[row] = kept
    }
  }

  /// Whether the value has gone into the column, or gives way to what is there. A null or what is no string
  /// stays metadata.
  private static func move(
    _ value: MetadataValue?, to column: inout [Text?]?, _ row: Int, count: Int
  ) -> Bool {
    if let values = column, values[row] != nil { return true }
    guard case .string(let text) = value else { return false }
    var values = column ?? Array(repeating: nil, count: count)
    // Not to be copied for every row.
    column = nil
    values[row] = text
    column = values
    return true
  }
}
