import Engine
import HTTPTypes
import JSON
import Model

/// Apus's own routes: catching up with the bucket, and how far the server is.
extension Handlers {
  /// Catches up with the bucket now: with one collection, or with everything if the body is empty.
  func sync(_ call: Call) async throws(APIError) -> Answer {
    guard configuration.s3 != nil else { throw .s3Disabled }
    // For `curl -d`, which calls its body a form.
    let body = try await call.json(ofAnyType: true)
    var target: (tenant: Text, database: Text, name: Text)?
    if body.contains(where: { $0 > 0x20 }) {
      target = try decode(body) { (body) throws(JSONError) in try body.syncTarget() }
    }
    let reports = try await asking(.sync) { () async throws(EngineError) in
      try await engine.sync(collection: target)
    }
    return Answer.json { json in
      json.beginObject()
      json.key("success")
      json.bool(true)
      json.key("message")
      let count = reports.count == 1 ? "1 collection" : "\(reports.count) collections"
      json.string("\(count) up to date with the bucket")
      json.key("collections")
      json.beginArray()
      for report in reports { report.write(&json) }
      json.endArray()
      json.endObject()
    }
  }

  func status(_ call: Call) async throws(APIError) -> Answer {
    guard let s3 = configuration.s3 else { throw .s3Disabled }
    let status = await engine.status()
    return Answer.json { json in
      json.beginObject()
      json.member("bucket", s3.bucket)
      json.member("prefix", s3.prefix)
      json.member("endpoint", s3.endpoint)
      json.member("region", s3.region)
      json.member("sync_interval_seconds", s3.syncInterval.inSeconds)
      json.key("ready")
      json.bool(status.readiness == .ready)
      if case .starting(let reason) = status.readiness { json.member("waiting_for", reason) }
      json.member("catalog_position", status.catalogPosition)
      json.member("seconds_since_sync", status.secondsSinceSync)
      json.member("last_sync_error", status.lastSyncError)
      json.key("collections")
      json.beginArray()
      for collection in status.collections { collection.write(&json) }
      json.endArray()
      json.endObject()
    }
  }
}

extension APIError {
  fileprivate static let s3Disabled = APIError.invalid(
    "S3_ENABLED is not true: this server keeps its data in a folder of its own and has nothing "
      + "to sync with")
}

extension BodyReader {
  /// Nil where the object names no collection.
  fileprivate mutating func syncTarget() throws(JSONError) -> (
    tenant: Text, database: Text, name: Text
  )? {
    var target: (tenant: Text?, database: Text?, name: Text?)
    try object(expected: "an object with `collection`") { (body, key) throws(JSONError) in
      switch key {
      case "collection":
        target.name = try body.optional { (body) throws(JSONError) in try body.text() }
      case "tenant":
        target.tenant = try body.optional { (body) throws(JSONError) in try body.text() }
      case "database":
        target.database = try body.optional { (body) throws(JSONError) in try body.text() }
      default: try body.json.skip()
      }
    }
    return target.name.map {
      (target.tenant ?? "default_tenant", target.database ?? "default_database", $0)
    }
  }
}

extension CollectionSyncReport {
  fileprivate func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.member("name", name.string)
    json.member("tenant", tenant.string)
    json.member("database", database.string)
    json.member("log_position", logPosition)
    json.member("records", records)
    json.member("pulled", pulled)
    json.endObject()
  }
}

extension CollectionStatus {
  fileprivate func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id.description)
    json.member("name", name.string)
    json.member("tenant", tenant.string)
    json.member("database", database.string)
    json.member("log_position", logPosition)
    json.member("records", records)
    json.member("pending_writes", pendingWrites)
    json.member("lag_seconds", lagSeconds)
    json.member("failure", failure)
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  fileprivate mutating func member(_ name: String, _ value: (some BinaryInteger)?) {
    key(name)
    if let value { int(value) } else { null() }
  }

  fileprivate mutating func member(_ name: String, _ value: Double?) {
    key(name)
    if let value { double(value) } else { null() }
  }
}
