import Engine
import JSON
import Model

extension Handlers {
  /// Measures how many of the nearest records a query of this collection finds.
  func recall(_ call: Call) async throws(APIError) -> Answer {
    let query = QueryString(call.query)
    let count = try query.number("n_results", in: RecallLimits.results) ?? 10
    let sampleCount = try query.number("queries", in: RecallLimits.queries) ?? 100
    let address = try call.address()
    let answer = try await asking { () async throws(EngineError) in
      try await engine.recall(
        RecallRequest(
          count: count, sampleCount: sampleCount, effort: try await searchEffort(in: address)),
        of: address, options: call.reading)
    }
    return Answer.json(logPosition: answer.logPosition) { json in
      json.beginObject()
      json.key("recall")
      if let recall = answer.recall { json.double(recall) } else { json.null() }
      json.key("n_results")
      json.int(count)
      json.key("queries")
      json.int(answer.sampleCount)
      json.key("records")
      json.int(answer.recordCount)
      json.key("query_ms")
      json.double(answer.queryTime.inSeconds * 1000)
      json.key("exact_ms")
      json.double(answer.exactTime.inSeconds * 1000)
      json.endObject()
    }
  }
}

enum RecallLimits {
  static let results = 1...100
  static let queries = 1...1000
}

extension VectorIndex {
  /// 1 for Chroma's default.
  var searchEffort: Float { Float(hnsw?.efSearch ?? 100) / 100 }
}
