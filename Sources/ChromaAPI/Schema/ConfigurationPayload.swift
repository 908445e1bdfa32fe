import JSON
import Model

/// `configuration` of a create request as it came.
struct ConfigurationPayload {
  var hnsw: IndexSettings?
  var spann: SPANNParameters?
  var embeddingFunction: EmbeddingFunction?
}

/// Space and parameters of the vector index.
struct IndexSettings: Hashable {
  var space: Distance?
  var parameters = HNSWParameters()

  var isDefault: Bool { (space ?? .l2) == .l2 && parameters.isDefaultWithThreads }

  /// With everything that was not given as Chroma's defaults have it.
  func filled() -> IndexSettings {
    IndexSettings(space: space ?? .l2, parameters: parameters.filled(with: .defaults))
  }
}

/// `new_configuration` of an update.
package struct ConfigurationUpdate: Hashable {
  var hnsw: HNSWParameters?
  var hasSPANN = false
  var embeddingFunction: EmbeddingFunction?
}

extension BodyReader {
  mutating func configuration() throws(JSONError) -> ConfigurationPayload {
    var payload = ConfigurationPayload()
    try structure(
      Structure(name: "CollectionConfiguration", fields: ["hnsw", "spann", "embedding_function"])
    ) { (body, field) throws(JSONError) in
      switch field {
      case "hnsw":
        payload.hnsw = try body.optional { (body) throws(JSONError) in
          try body.indexSettings()
        }
      case "spann":
        payload.spann = try body.optional { (body) throws(JSONError) in
          try body.spannParameters(.spannConfiguration)
        }
      default:
        payload.embeddingFunction = try body.optional { (body) throws(JSONError) in
          try body.embeddingFunction()
        }
      }
    }
    return payload
  }

  mutating func configurationUpdate() throws(JSONError) -> ConfigurationUpdate {
    var update = ConfigurationUpdate()
    try structure(
      Structure(
        name: "UpdateCollectionConfiguration", fields: ["hnsw", "spann", "embedding_function"])
    ) { (body, field) throws(JSONError) in
      switch field {
      case "hnsw":
        update.hnsw = try body.optional { (body) throws(JSONError) in
          try body.hnswParameters(.hnswUpdate)
        }
      case "spann":
        update.hasSPANN =
          try body.optional { (body) throws(JSONError) in
            try body.spannParameters(.spannUpdate)
          } != nil
      default:
        update.embeddingFunction = try body.optional { (body) throws(JSONError) in
          try body.embeddingFunction()
        }
      }
    }
    return update
  }

  private mutating func indexSettings() throws(JSONError) -> IndexSettings {
    var settings = IndexSettings()
    try structure(.hnswConfiguration) { (body, field) throws(JSONError) in
      if field == "space" {
        settings.space = try body.optional { (body) throws(JSONError) in
          try body.variant(Distance.variants)
        }
      } else {
        try settings.parameters.read(field, &body)
      }
    }
    return settings
  }
}

extension IndexSettings {
  /// What `hnsw:...` keys of the metadata say, Chroma's way before there was a configuration.
  ///
  /// Errors: an unknown key of that kind, or a value that is none.
  init(legacy metadata: Metadata?) throws(APIError) {
    for entry in metadata?.entries ?? [] where entry.key.hasPrefix("hnsw:") {
      guard read(legacy: entry) else {
        throw .invalid("Failed to parse hnsw parameters from segment metadata")
      }
    }
  }

  private mutating func read(legacy entry: Metadata.Entry) -> Bool {
    switch (entry.key, entry.value) {
    case ("hnsw:space", .string(let name)):
      space = Distance.variants.first { $0.name == name }?.value
      return space != nil
    case ("hnsw:resize_factor", .float(let value)): parameters.resizeFactor = value
    case ("hnsw:resize_factor", .int(let value)): parameters.resizeFactor = Double(value)
    case (_, .int(let number)):
      guard let value = UInt64(exactly: number) else { return false }
      switch entry.key {
      case "hnsw:construction_ef": parameters.efConstruction = value
      case "hnsw:search_ef": parameters.efSearch = value
      case "hnsw:M": parameters.maxNeighbors = value
      case "hnsw:num_threads": parameters.threadCount = value
      case "hnsw:sync_threshold" where value >= 2: parameters.syncThreshold = value
      case "hnsw:batch_size" where value >= 2: parameters.batchSize = value
      default: return false
      }
    default: return false
    }
    return true
  }
}
