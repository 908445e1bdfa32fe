import Engine
import FoundationEssentials
import HTTPTypes
import JSON
import Model

extension Handlers {
  func heartbeat(_ call: Call) async throws(APIError) -> Answer {
    var answer = Answer.json { json in
      json.beginObject()
      json.key("nanosecond heartbeat")
      json.int(Int64(Date().timeIntervalSince1970 * 1e6) &* 1000)
      json.endObject()
    }
    answer.hasTraceID = false
    return answer
  }

  /// 503 until the catalog was read and the store probed; other requests wait in the engine instead.
  func healthcheck(_ call: Call) async throws(APIError) -> Answer {
    let isReady = engine.readiness == .ready
    var answer = Answer.json { json in
      json.beginObject()
      json.key("is_executor_ready")
      json.bool(isReady)
      json.key("is_log_client_ready")
      json.bool(isReady)
      json.endObject()
    }
    if !isReady { answer.status = .serviceUnavailable }
    answer.hasTraceID = false
    return answer
  }

  /// The version of the API, a constant of Chroma's.
  func version(_ call: Call) async throws(APIError) -> Answer {
    var answer = Answer.json { $0.string("1.0.0" as Text) }
    answer.hasTraceID = false
    return answer
  }

  func preFlightChecks(_ call: Call) async throws(APIError) -> Answer {
    Answer.json { json in
      json.beginObject()
      json.key("max_batch_size")
      json.int(Limits.advertisedBatchSize)
      json.key("supports_base64_encoding")
      json.bool(true)
      json.endObject()
    }
  }

  /// There is no authentication; clients take their tenant and database from here.
  func identity(_ call: Call) async throws(APIError) -> Answer {
    Answer.json { json in
      json.beginObject()
      json.key("user_id")
      json.string("" as Text)
      json.key("tenant")
      json.string("default_tenant" as Text)
      json.key("databases")
      json.beginArray()
      json.string("default_database" as Text)
      json.endArray()
      json.endObject()
    }
  }

  func reset(_ call: Call) async throws(APIError) -> Answer {
    guard configuration.allowReset else {
      throw APIError(status: .forbidden, message: "Reset is disabled by config")
    }
    try await asking { () async throws(EngineError) in try await engine.reset() }
    return Answer.json { $0.bool(true) }
  }
}
