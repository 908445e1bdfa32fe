import Engine
import JSON
import Model

extension Handlers {
  func createCollection(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in
      try body.createCollectionPayload()
    }
    let definition = try payload.definition()
    let (tenant, database) = try call.database()
    let collection = try await asking(.createCollection(database: database)) {
      () async throws(EngineError) in
      try await engine.createCollection(
        definition, tenant: tenant, database: database, getOrCreate: payload.getOrCreate)
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
    guard UniqueID(call.collection.string) != nil else {
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
    let address = try call.address()
    let payload = try decode(body) { (body) throws(JSONError) in
      try body.updateCollectionPayload()
    }
    if payload.configuration?.hnsw != nil, payload.configuration?.hasSPANN == true {
      throw .invalid("Multiple vector index configurations provided")
    }
    if let name = payload.name { try APIError.checkName(name, field: "new_name") }
    let metadata = try payload.metadata?.collectionMetadata(field: "new_metadata")
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
