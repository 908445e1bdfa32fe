import Engine
import JSON
import Model

extension Handlers {
  func createCollection(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in
      try body.createCollectionPayload()
    }
    let (tenant, database) = (call.tenant, call.databaseName)
    let definition = try payload.definition(database: database)
    if let refusal = payload.metadata?.unstorable(field: "metadata") {
      return try await existing(payload, tenant, database, orElse: refusal)
    }
    let collection = try await asking(.createCollection(database: database)) {
      () async throws(EngineError) in
      try await engine.createCollection(
        definition, tenant: tenant, database: database, getOrCreate: payload.getOrCreate)
    }
    return try answer(collection)
  }

  /// The answer to a create request whose collection is not to be created: that it cannot be, as there is one
  /// or no such database, comes first.
  private func existing(
    _ payload: CreateCollectionPayload, _ tenant: Text, _ database: Text, orElse refusal: APIError
  ) async throws(APIError) -> Answer {
    try await asking(.createCollection(database: database)) { () async throws(EngineError) in
      _ = try await engine.database(database, tenant: tenant, options: ReadOptions())
    }
    let collection: CollectionInfo? = try await asking { () async throws(EngineError) in
      do throws(EngineError) {
        return try await engine.collection(
          named: payload.name, tenant: tenant, database: database, options: ReadOptions())
      } catch {
        guard case .collectionNotFound = error else { throw error }
        return nil
      }
    }
    guard let collection else { throw refusal }
    guard payload.getOrCreate else {
      throw APIError(.collectionExists(name: payload.name))
    }
    return try answer(collection)
  }

  func getCollection(_ call: Call) async throws(APIError) -> Answer {
    let (tenant, database) = try call.database()
    return try answer(
      try await asking { () async throws(EngineError) in
        try await engine.collection(
          named: call.collection, tenant: tenant, database: database, options: call.reading)
      })
  }

  func getCollectionByID(_ call: Call) async throws(APIError) -> Answer {
    guard UniqueID(inAnyForm: call.collection.string) != nil else {
      throw .validation("collection_id", "Invalid collection ID format, expected UUID")
    }
    let address = try call.address()
    return try answer(
      try await asking(.collectionByID) { () async throws(EngineError) in
        try await engine.collection(address, options: call.reading)
      })
  }

  /// By a name of three parts, `tenant:database:collection`; the last may have colons of its own.
  func getCollectionByCRN(_ call: Call) async throws(APIError) -> Answer {
    let parts = call.tenant.string.split(
      separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
      throw .validation(
        "crn",
        "CRN must be in the format <tenant_resource_name>:<database_name>:<collection_name> "
          + "with non-empty parts")
    }
    return try answer(
      try await asking { () async throws(EngineError) in
        try await engine.collection(
          named: Text(String(parts[2])), tenant: Text(String(parts[0])),
          database: Text(String(parts[1])), options: call.reading)
      })
  }

  func listCollections(_ call: Call) async throws(APIError) -> Answer {
    let page = try QueryString(call.query).page()
    let (tenant, database) = try call.database()
    let collections = try await asking { () async throws(EngineError) in
      try await engine.collections(
        tenant: tenant, database: database, limit: page.limit, offset: page.offset,
        options: call.reading)
    }
    var json = JSONWriter()
    json.beginArray()
    for collection in collections { try collection.write(&json) }
    json.endArray()
    return Answer(body: json.finish())
  }

  func countCollections(_ call: Call) async throws(APIError) -> Answer {
    let (tenant, database) = try call.database()
    let count = try await asking { () async throws(EngineError) in
      try await engine.collectionCount(
        tenant: tenant, database: database, options: call.reading)
    }
    return Answer.json { $0.int(count) }
  }

  func updateCollection(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in
      try body.updateCollectionPayload()
    }
    let address = try call.address()
    try await checking(address) { (_) throws(APIError) in try payload.validate() }
    if let refusal = payload.metadata?.unstorable(field: "new_metadata") {
      try await checking(address) { (_) throws(APIError) in throw refusal }
    }
    let metadata = payload.metadata?.ofCollection
    let changesMetadata = payload.metadata != nil
    try await asking { () async throws(EngineError) in
      try await engine.updateCollection(address) { (definition) throws(EngineError) in
        if let name = payload.name { definition.name = name }
        if changesMetadata { definition.metadata = metadata }
        if let update = payload.configuration {
          var settings = try CollectionSettings(stored: definition.configuration)
          settings.apply(update)
          definition.configuration = settings.stored
        }
      }
    }
    return .empty()
  }

  func deleteCollection(_ call: Call) async throws(APIError) -> Answer {
    let (tenant, database) = try call.database()
    try await asking { () async throws(EngineError) in
      try await engine.deleteCollection(
        named: call.collection, tenant: tenant, database: database)
    }
    return .empty()
  }

  private func answer(_ collection: CollectionInfo) throws(APIError) -> Answer {
    var json = JSONWriter(reservingBytes: 2048)
    try collection.write(&json)
    return Answer(body: json.finish(), logPosition: collection.logPosition)
  }
}
