package import Engine
package import JSON
package import Model

/// The body of a request that creates a collection.
package struct CreateCollectionPayload {
  var name: Text = ""
  var metadata: ReadMetadata?
  var configuration = ConfigurationPayload()
  var schema: IndexSchema?
  var getOrCreate = false
}

/// The body of a request that changes a collection; nil leaves a part as it is.
package struct UpdateCollectionPayload {
  var name: Text?
  var metadata: ReadMetadata?
  package var configuration: ConfigurationUpdate?
}

extension BodyReader {
  package mutating func createCollectionPayload() throws(JSONError) -> CreateCollectionPayload {
    var payload = CreateCollectionPayload()
    let fields = try structure(
      Structure(
        name: "CreateCollectionPayload",
        fields: ["name", "schema", "configuration", "metadata", "get_or_create"],
        defaultedCount: 1)
    ) { (body, field) throws(JSONError) in
      switch field {
      case "name": payload.name = try body.text()
      case "schema":
        payload.schema = try body.optional { (body) throws(JSONError) in try body.schema() }
      case "configuration":
        payload.configuration =
          try body.optional { (body) throws(JSONError) in try body.configuration() }
          ?? ConfigurationPayload()
      case "metadata":
        payload.metadata = try body.optional { (body) throws(JSONError) in
          try body.metadata(allowsNull: false)
        }
      default: payload.getOrCreate = try body.bool()
      }
    }
    try require("name", in: fields)
    return payload
  }

  package mutating func updateCollectionPayload() throws(JSONError) -> UpdateCollectionPayload {
    var payload = UpdateCollectionPayload()
    try structure(
      Structure(
        name: "UpdateCollectionPayload",
        fields: ["new_name", "new_metadata", "new_configuration"])
    ) { (body, field) throws(JSONError) in
      switch field {
      case "new_name":
        payload.name = try body.optional { (body) throws(JSONError) in try body.text() }
      case "new_metadata":
        payload.metadata = try body.optional { (body) throws(JSONError) in
          try body.metadata(allowsNull: true)
        }
      default:
        payload.configuration = try body.optional { (body) throws(JSONError) in
          try body.configurationUpdate()
        }
      }
    }
    return payload
  }

  /// The body of a request that names one thing, such as a tenant.
  mutating func nameOnly(_ field: Text, struct name: String) throws(JSONError) -> Text {
    var value: Text = ""
    let fields = try structure(Structure(name: name, fields: [field])) {
      (body, _) throws(JSONError) in value = try body.text()
    }
    try require(field, in: fields)
    return value
  }
}

extension ReadMetadata {
  /// Errors: no key, or one that Chroma keeps for itself.
  func validate(field: String) throws(APIError) {
    guard !entries.isEmpty else { throw .validation(field, "Metadata cannot be empty") }
    for entry in entries {
      guard !entry.key.isEmpty else {
        throw .validation(field, "Metadata key cannot be empty")
      }
      guard !isReservedKey(entry.key) else {
        throw .validation(field, "Metadata key cannot start with '#' or '$': \(entry.key)")
      }
    }
  }

  /// As a collection's metadata; a null drops its key, and with no key left there is none.
  var ofCollection: Metadata? {
    let metadata = Metadata(
      entries.lazy.compactMap { entry in entry.value.map { (entry.key, $0) } })
    return metadata.isEmpty ? nil : metadata
  }

  /// The error for what a collection's metadata cannot hold, which has scalars only. Chroma panics, but not
  /// before all else was found right.
  func unstorable(field: String) -> APIError? {
    let key = sparseKey ?? entries.first { $0.value?.isList == true }?.key
    return key.map {
      .validation(
        field, "the metadata of a collection has strings, numbers and booleans only: \($0)")
    }
  }
}

extension UpdateCollectionPayload {
  func validate() throws(APIError) {
    if configuration?.hnsw != nil, configuration?.hasSPANN == true {
      throw .invalid("Multiple vector index configurations provided")
    }
    if let name { try APIError.checkName(name, field: "new_name") }
    try metadata?.validate(field: "new_metadata")
  }
}

extension CreateCollectionPayload {
  /// Checks everything in Chroma's order, in which the database's name has its place.
  package func definition(database: Text) throws(APIError) -> CollectionDefinition {
    // What the metadata says of the index counts before its keys are judged, as in Chroma.
    let index = try configuration.settings(metadata: metadata?.ofCollection)
    try APIError.checkDatabase(database)
    try APIError.checkName(name, field: "name")
    try metadata?.validate(field: "metadata")
    try schema?.validate()
    let settings = try CollectionSettings(
      schema: schema, index: index, function: configuration.embeddingFunction)
    try schema?.checkSparseIndexes()
    return CollectionDefinition(
      name: name, metadata: metadata?.ofCollection, distance: settings.schema.distance,
      configuration: settings.stored)
  }
}
