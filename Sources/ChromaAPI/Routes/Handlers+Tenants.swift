import Engine
import JSON
import Model

extension Handlers {
  func createTenant(_ call: Call) async throws(APIError) -> Answer {
    let name = try await nameOnly(call, struct: "CreateTenantPayload")
    try APIError.checkTenant(name)
    try await asking { () async throws(EngineError) in try await engine.createTenant(name) }
    return .empty()
  }

  func getTenant(_ call: Call) async throws(APIError) -> Answer {
    let name = call.tenant
    try await asking { () async throws(EngineError) in
      try await engine.tenant(name, options: call.reading)
    }
    return Answer.json { json in
      json.beginObject()
      json.key("name")
      json.string(name)
      json.key("resource_name")
      json.null()
      json.endObject()
    }
  }

  /// Changes nothing, as in a local Chroma.
  func updateTenant(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    _ = try decode(body) { (body) throws(JSONError) in
      try body.nameOnly("resource_name", struct: "UpdateTenantPayload")
    }
    return .empty()
  }

  func createDatabase(_ call: Call) async throws(APIError) -> Answer {
    let name = try await nameOnly(call, struct: "CreateDatabasePayload")
    try APIError.checkName(name, field: nil)
    try await asking { () async throws(EngineError) in
      try await engine.createDatabase(name, tenant: call.tenant)
    }
    return .empty()
  }

  func listDatabases(_ call: Call) async throws(APIError) -> Answer {
    let page = try QueryString(call.query).page()
    let all = try await asking { () async throws(EngineError) in
      try await engine.databases(tenant: call.tenant, options: call.reading)
    }
    let rest = all.dropFirst(page.offset)
    return Answer.json { json in
      json.beginArray()
      for database in rest.prefix(page.limit ?? rest.count) { database.write(&json) }
      json.endArray()
    }
  }

  func getDatabase(_ call: Call) async throws(APIError) -> Answer {
    let (tenant, name) = try call.database()
    let database = try await asking(.getDatabase) { () async throws(EngineError) in
      try await engine.database(name, tenant: tenant, options: call.reading)
    }
    return Answer.json { database.write(&$0) }
  }

  func deleteDatabase(_ call: Call) async throws(APIError) -> Answer {
    try await asking(.deleteDatabase) { () async throws(EngineError) in
      try await engine.deleteDatabase(call.databaseName, tenant: call.tenant)
    }
    return .empty()
  }

  private func nameOnly(_ call: Call, struct name: String) async throws(APIError) -> Text {
    let body = try await call.json()
    return try decode(body) { (body) throws(JSONError) in
      try body.nameOnly("name", struct: name)
    }
  }
}

extension DatabaseInfo {
  func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.string(id.description)
    json.key("name")
    json.string(name)
    json.key("tenant")
    json.string(tenant)
    json.endObject()
  }
}
