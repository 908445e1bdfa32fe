package import Engine
package import JSON
import Model

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
    var name: Text?
    var seen = SeenFields()
    try object(expected: "struct CreateCollectionPayload") { (body, key) throws(JSONError) in
      switch key {
      case "name":
        try seen.note(key, &body)
        name = try body.text()
      case "schema":
        try seen.note(key, &body)
        payload.schema = try body.optional { (body) throws(JSONError) in try body.schema() }
      case "configuration":
        try seen.note(key, &body)
        payload.configuration =
          try body.optional { (body) throws(JSONError) in try body.configuration() }
          ?? ConfigurationPayload()
      case "metadata":
        try seen.note(key, &body)
        payload.metadata = try body.optional { (body) throws(JSONError) in
          try body.metadata(allowsNull: false)
        }
      case "get_or_create":
        try seen.note(key, &body)
        payload.getOrCreate = try body.bool()
      default: try body.json.skip()
      }
    }
    payload.name = try require(name, "name", self)
    return payload
  }

  package mutating func updateCollectionPayload() throws(JSONError) -> UpdateCollectionPayload {
    var payload = UpdateCollectionPayload()
    var seen = SeenFields()
    try object(expected: "struct UpdateCollectionPayload") { (body, key) throws(JSONError) in
      switch key {
      case "new_name":
        try seen.note(key, &body)
        payload.name = try body.optional { (body) throws(JSONError) in try body.text() }
      case "new_metadata":
        try seen.note(key, &body)
        payload.metadata = try body.optional { (body) throws(JSONError) in
          try body.metadata(allowsNull: true)
        }
      case "new_configuration":
        try seen.note(key, &body)
        payload.configuration = try body.optional { (body) throws(JSONError) in
          try body.configurationUpdate()
        }
      default: try body.json.skip()
      }
    }
    return payload
  }

  /// The body of a request that names one thing, such as a tenant.
  mutating func nameOnly(_ field: Text, struct name: String) throws(JSONError) -> Text {
    var value: Text?
    var seen = SeenFields()
    try object(expected: "struct \(name)") { (body, key) throws(JSONError) in
      guard key == field else { return try body.json.skip() }
      try seen.note(key, &body)
      value = try body.text()
    }
    return try require(value, field.string, self)
  }
}

extension ReadMetadata {
  /// As a collection's metadata, which has scalars only; a null drops its key, and with no key left there
  /// is none.
  func collectionMetadata(field: String) throws(APIError) -> Metadata? {
    guard !entries.isEmpty else { throw .validation(field, "Metadata cannot be empty") }
    for entry in entries {
      guard !entry.key.isEmpty else {
        throw .validation(field, "Metadata key cannot be empty")
      }
      guard !isReservedKey(entry.key) else {
        throw .validation(field, "Metadata key cannot start with '#' or '$': \(entry.key)")
      }
      guard entry.value?.isList != true, sparseKey == nil else {
        throw .validation(
          field,
          "the metadata of a collection has strings, numbers and booleans only: "
            + (sparseKey ?? entry.key).string)
      }
    }
    let metadata = Metadata(
      entries.lazy.compactMap { entry in entry.value.map { (entry.key, $0) } })
    return metadata.isEmpty ? nil : metadata
  }
}

extension CreateCollectionPayload {
  package func definition() throws(APIError) -> CollectionDefinition {
    // What the metadata says of the index counts before its keys are judged, as in Chroma.
    let scalars = Metadata(
      metadata?.entries.lazy.compactMap { entry in entry.value.map { (entry.key, $0) } } ?? [])
    let settings = try CollectionSettings(
      schema: schema, configuration: configuration, metadata: scalars)
    try APIError.checkName(name, field: "name")
    let metadata = try metadata?.collectionMetadata(field: "metadata")
    try schema?.validate()
    return CollectionDefinition(
      name: name, metadata: metadata, distance: settings.schema.distance,
      configuration: settings.stored)
  }
}
