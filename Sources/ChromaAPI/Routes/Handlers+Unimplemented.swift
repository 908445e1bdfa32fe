import Engine
import JSON
import Model

/// What a local Chroma refuses, refused in its words.
extension Handlers {
  func search(_ call: Call) async throws(APIError) -> Answer {
    let bytes = try await call.json()
    try decode(bytes) { (body) throws(JSONError) in try body.searchPayload() }
    try await requireCollection(call)
    throw .notImplemented(
      "Error executing plan: Not implemented: Search operation is not implemented for local "
        + "executor")
  }

  func fork(_ call: Call) async throws(APIError) -> Answer {
    let bytes = try await call.json()
    _ = try decode(bytes) { (body) throws(JSONError) in
      try body.nameOnly("new_name", struct: "ForkCollectionPayload")
    }
    try refuseTopology(call, "forking")
    try await requireCollection(call)
    throw .notImplemented("Collection forking is unsupported for local chroma")
  }

  func forkCount(_ call: Call) async throws(APIError) -> Answer {
    try await requireCollection(call)
    throw .notImplemented("Count forks is unsupported for local chroma")
  }

  /// Chroma answers 500 here, which says that the server is at fault.
  func indexingStatus(_ call: Call) async throws(APIError) -> Answer {
    try await requireCollection(call)
    throw .notImplemented("Method scout_logs is not implemented")
  }

  func attachFunction(_ call: Call) async throws(APIError) -> Answer {
    let bytes = try await call.json()
    try decode(bytes) { (body) throws(JSONError) in try body.attachFunctionRequest() }
    try refuseTopology(call, "attached functions")
    try requireID(call) {
      "Tonic error: \(Self.status("Client specified an invalid argument", $0))"
    }
    throw .notImplemented(
      "Tonic error: "
        + Self.status(
          "Operation is not implemented or not supported",
          " Attached Function operations not yet implemented in SqliteSysDb"))
  }

  func getFunction(_ call: Call) async throws(APIError) -> Answer {
    try refuseTopology(call, "attached functions")
    try requireID(call) {
      "Failed to get attached function: "
        + Self.status("Client specified an invalid argument", $0)
    }
    throw .notFound("Attached function not found")
  }

  func detachFunction(_ call: Call) async throws(APIError) -> Answer {
    let bytes = try await call.json()
    try decode(bytes) { (body) throws(JSONError) in
      _ = try body.structure(
        Structure(
          name: "DetachFunctionRequest", fields: ["delete_output"], defaultedCount: 1)
      ) { (body, _) throws(JSONError) in _ = try body.bool() }
    }
    try refuseTopology(call, "attached functions")
    try requireID(call) {
      "Tonic error: \(Self.status("Client specified an invalid argument", $0))"
    }
    throw .notImplemented(
      "Tonic error: "
        + Self.status("Operation is not implemented or not supported", "Not implemented"))
  }

  private func requireCollection(_ call: Call) async throws(APIError) {
    let address = try call.address()
    _ = try await asking { () async throws(EngineError) in
      try await engine.collection(address, options: call.reading)
    }
  }

  /// Databases of more than one region are Chroma's distributed server's.
  private func refuseTopology(_ call: Call, _ feature: String) throws(APIError) {
    let (_, database) = try call.database()
    guard !database.string.utf8.contains(UInt8(ascii: "+")) else {
      throw .invalid("multi-region databases do not support \(feature)")
    }
  }

  private func requireID(_ call: Call, _ wording: (String) -> String) throws(APIError) {
    let text = call.collection.string
    guard UniqueID(inAnyForm: text) == nil else { return }
    throw .invalid(
      wording(
        "Client validation error: Invalid collection_id UUID format: "
          + UniqueID.complaint(text)))
  }

  /// As Rust's tonic shows the status of a call.
  private static func status(_ code: String, _ message: String) -> String {
    "code: '\(code)', message: \"\(message)\""
  }
}

extension BodyReader {
  fileprivate mutating func attachFunctionRequest() throws(JSONError) {
    let fields = try structure(
      Structure(
        name: "AttachFunctionRequest",
        fields: ["name", "function_id", "output_collection", "params"], defaultedCount: 1)
    ) { (body, field) throws(JSONError) in
      if field == "params" { try body.pass() } else { _ = try body.text() }
    }
    for field in ["name", "function_id", "output_collection"] as [Text] {
      try require(field, in: fields)
    }
  }

  /// Of what ranks and aggregates only the outside is looked at.
  fileprivate mutating func searchPayload() throws(JSONError) {
    let fields = try structure(
      Structure(
        name: "SearchRequestPayload", fields: ["searches", "read_level"], defaultedCount: 1)
    ) { (body, field) throws(JSONError) in
      if field == "searches" {
        try body.array { (body) throws(JSONError) in
          try body.structure(
            Structure(
              name: "SearchPayload", fields: ["filter", "rank", "group_by", "limit", "select"],
              defaultedCount: 5)
          ) { (body, field) throws(JSONError) in try body.searchField(field) }
        }
      } else {
        try body.variant(QueryString.readLevels.map { ($0, ()) })
      }
    }
    try require("searches", in: fields)
  }

  private mutating func searchField(_ field: Text) throws(JSONError) {
    switch field {
    case "filter":
      let filter = try value()
      guard filter != .null, filter != .object([]) else { return }
      do throws(APIError) {
        _ = try FilterReader.metadataFilter(filter)
      } catch {
        throw lateError(error.message)
      }
    case "rank":
      _ = try optional { (body) throws(JSONError) in
        if try body.json.peek() != .object { try body.variant([(name: Text, value: Void)]()) }
        try body.pass()
      }
    case "group_by":
      try structure(
        Structure(name: "GroupBy", fields: ["keys", "aggregate"], defaultedCount: 2)
      ) { (body, field) throws(JSONError) in
        if field == "keys" { _ = try body.texts() } else { try body.pass() }
      }
    case "limit":
      try structure(
        Structure(name: "Limit", fields: ["offset", "limit"], defaultedCount: 2)
      ) { (body, field) throws(JSONError) in
        if field == "offset" {
          _ = try body.u32()
        } else {
          _ = try body.optional { (body) throws(JSONError) in try body.u32() }
        }
      }
    default:
      try structure(
        Structure(name: "Select", fields: ["keys"], defaultedCount: 1)
      ) { (body, _) throws(JSONError) in _ = try body.texts() }
    }
  }
}
