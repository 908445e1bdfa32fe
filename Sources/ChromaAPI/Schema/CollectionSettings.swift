package import Engine
import JSON
package import Model

/// A collection's schema as the engine keeps it for us: one JSON text.
package struct CollectionSettings {
  package var schema: IndexSchema

  init(schema: IndexSchema) { self.schema = schema }

  /// What a create request settles, from its schema or its configuration: Chroma allows one of the two to
  /// differ from the defaults.
  init(
    schema: IndexSchema?, index settings: IndexSettings, function: EmbeddingFunction?
  ) throws(APIError) {
    let isDefault = settings.isDefault && function?.isDefault ?? true
    if let schema, !schema.isStandard, !isDefault {
      throw .invalid(
        "Failed to reconcile schema: Cannot set both collection config and schema "
          + "simultaneously")
    }
    try schema?.checkParameters()
    let filled = schema?.filled() ?? .standard
    guard !isDefault || filled.isStandard else {
      self.schema = filled
      return
    }
    self.schema = .standard
    self.schema.changeVectorIndexes { vector in
      vector.embeddingFunction = function
      guard !isDefault else { return }
      vector.space = settings.space
      vector.hnsw = settings.parameters
    }
  }

  /// Errors: a text that this version did not write.
  package init(stored text: Text) throws(EngineError) {
    var body = BodyReader(Array(text.string.utf8))
    var schema: IndexSchema?
    do throws(JSONError) {
      try body.object { (body, key) throws(JSONError) in
        if key == "schema" { schema = try body.schema() } else { try body.json.skip() }
      }
    } catch {
      throw .damaged("the collection's stored configuration cannot be read: \(error)")
    }
    guard let schema else {
      throw .damaged("the collection's stored configuration has no schema")
    }
    self.schema = schema
  }

  package var stored: Text {
    .json { json in
      json.beginObject()
      json.key("schema")
      schema.write(&json, stored: true)
      json.endObject()
    }
  }

  package mutating func apply(_ update: ConfigurationUpdate) {
    schema.changeVectorIndexes { vector in
      if let hnsw = update.hnsw, let old = vector.hnsw { vector.hnsw = hnsw.filled(with: old) }
      if let function = update.embeddingFunction { vector.embeddingFunction = function }
    }
  }
}

extension ConfigurationPayload {
  /// Space and parameters of the index. Metadata keys of old count where the configuration says nothing
  /// but the defaults.
  func settings(metadata: Metadata?) throws(APIError) -> IndexSettings {
    switch (hnsw, spann) {
    case (.some, .some): throw .invalid("Multiple vector index configurations provided")
    case (nil, .some(let spann)): return IndexSettings(space: spann.space).filled()
    case (let hnsw, nil):
      let legacy = try IndexSettings(legacy: metadata)
      guard let hnsw, !hnsw.isDefault else { return legacy.filled() }
      return hnsw.filled()
    }
  }
}
