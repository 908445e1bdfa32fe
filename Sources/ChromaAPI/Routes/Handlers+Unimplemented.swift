import Engine
import JSON
import Model

/// What a local Chroma refuses, refused in its words.
extension Handlers {
  func search(_ call: Call) async throws(APIError) -> Answer {
    try await requireFields(["searches"], call)
    try await requireCollection(call)
    throw .notImplemented(
      "Error executing plan: Not implemented: Search operation is not implemented for local "
        + "executor")
  }

  func fork(_ call: Call) async throws(APIError) -> Answer {
    try await requireFields(["new_name"], call)
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
    try await requireFields(["name", "function_id", "output_collection"], call)
    try await requireCollection(call)
    throw .notImplemented(
      "Tonic error: code: 'Operation is not implemented or not supported', message: "
        + "\" Attached Function operations not yet implemented in SqliteSysDb\"")
  }

  func getFunction(_ call: Call) async throws(APIError) -> Answer {
    try await requireCollection(call)
    throw .notFound("Attached function not found")
  }

  func detachFunction(_ call: Call) async throws(APIError) -> Answer {
    try await requireFields([], call)
    try await requireCollection(call)
    throw .notImplemented(
      "Tonic error: code: 'Operation is not implemented or not supported', message: "
        + "\"Not implemented\"")
  }

  private func requireCollection(_ call: Call) async throws(APIError) {
    let address = try call.address()
    _ = try await asking { () async throws(EngineError) in
      try await engine.collection(address, options: call.reading)
    }
  }

  /// Reads the body's outermost object for its fields' sake alone.
  private func requireFields(_ fields: [Text], _ call: Call) async throws(APIError) {
    let bytes = try await call.json()
    try decode(bytes) { (body) throws(JSONError) in
      var found: Set<Text> = []
      try body.object { (body, key) throws(JSONError) in
        found.insert(key)
        try body.json.skip()
      }
      for field in fields {
        _ = try require(found.contains(field) ? true : nil, field.string, body)
      }
    }
  }
}
