import Engine
import HTTPTypes
import JSON
import Model

extension Handlers {
  func add(_ call: Call) async throws(APIError) -> Answer {
    let (address, batch) = try await batch(call, .add)
    let answer = try await asking { () async throws(EngineError) in
      try await engine.add(batch, to: address)
    }
    return .empty(status: .created, logPosition: answer.logPosition)
  }

  func upsert(_ call: Call) async throws(APIError) -> Answer {
    let (address, batch) = try await batch(call, .upsert)
    let answer = try await asking { () async throws(EngineError) in
      try await engine.upsert(batch, to: address)
    }
    return .empty(logPosition: answer.logPosition)
  }

  func update(_ call: Call) async throws(APIError) -> Answer {
    let (address, batch) = try await batch(call, .update)
    let answer = try await asking { () async throws(EngineError) in
      try await engine.update(batch, in: address)
    }
    return .empty(logPosition: answer.logPosition)
  }

  private func batch(
    _ call: Call, _ kind: RecordPayload.Kind
  ) async throws(APIError) -> (CollectionAddress, RecordBatch) {
    let payload = try await call.json(limit: configuration.maxBodyBytes, in: buffers) {
      (bytes) throws(APIError) in
      try decode(bytes) { (body) throws(JSONError) in try body.recordPayload(kind) }
    }
    let address = try call.address()
    try await checking(address) { (collection) throws(APIError) in
      try payload.validate(dimension: collection?.dimension)
    }
    return (address, payload.batch())
  }

  func delete(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in try body.deletePayload() }
    let address = try call.address()
    let selection = try await checking(address) { (_) throws(APIError) in
      try payload.checkedSelection()
    }
    try await check(selection, in: address)
    let answer: DeleteAnswer = try await asking { () async throws(EngineError) in
      try await engine.delete(
        DeleteRequest(selection: selection, limit: payload.limit), from: address)
    }
    return Answer.json(logPosition: answer.logPosition) { json in
      json.beginObject()
      json.key("deleted")
      json.int(answer.deleted)
      json.endObject()
    }
  }

  func count(_ call: Call) async throws(APIError) -> Answer {
    try QueryString(call.query).checkReadLevel()
    let address = try call.address()
    if call.isAtHand(engine, componentsMax: .max) { return try await count(address, call) }
    return try await onSwiftThreads { () async throws(APIError) in
      try await count(address, call)
    }
  }

  private func count(
    _ address: CollectionAddress, _ call: Call
  ) async throws(APIError) -> Answer {
    let answer = try await asking { () async throws(EngineError) in
      try await engine.count(in: address, options: call.reading)
    }
    return Answer.json(logPosition: answer.logPosition) { $0.int(answer.count) }
  }

  func get(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in try body.getPayload() }
    if payload.isShort, call.isAtHand(engine, componentsMax: .max) {
      return try await get(payload, call)
    }
    return try await onSwiftThreads { () async throws(APIError) in try await get(payload, call) }
  }

  private func get(_ payload: GetPayload, _ call: Call) async throws(APIError) -> Answer {
    let address = try call.address()
    let selection = try await checking(address) { (_) throws(APIError) in
      try payload.selection.selection()
    }
    try await check(selection, in: address)
    let answer = try await asking { () async throws(EngineError) in
      try await engine.get(
        GetRequest(
          selection: selection, limit: payload.limit, offset: payload.offset ?? 0,
          fields: payload.include.fields),
        from: address, options: call.reading)
    }
    return await written(answer.records) { answer.answer(include: payload.include) }
  }

  func query(_ call: Call) async throws(APIError) -> Answer {
    let body = try await call.json()
    let payload = try decode(body) { (body) throws(JSONError) in try body.queryPayload() }
    let address = try call.address()
    // What is scanned in some tenths of a millisecond.
    if payload.isShort, call.isAtHand(engine, componentsMax: Limits.shortScanComponentsMax) {
      return try await query(payload, address, call)
    }
    return try await onSwiftThreads { () async throws(APIError) in
      try await query(payload, address, call)
    }
  }

  private func query(
    _ payload: QueryPayload, _ address: CollectionAddress, _ call: Call
  ) async throws(APIError) -> Answer {
    let (selection, embeddings) = try await checking(address) { (_) throws(APIError) in
      (try payload.selection.selection(), try payload.embeddings())
    }
    try await check(selection, embeddings, in: address)
    let reading = try await requireIDs(of: selection, in: address, call.reading)
    let answer = try await asking { () async throws(EngineError) in
      try await engine.query(
        QueryRequest(
          embeddings: embeddings, count: payload.count ?? 10, selection: selection,
          fields: payload.include.fields, effort: try await searchEffort(in: address)),
        in: address, options: reading)
    }
    return await written(answer.matches.lazy.joined().map(\.record)) {
      answer.answer(include: payload.include)
    }
  }

  /// Refuses ids that are not there where they are all that restricts a query, as Chroma does. Returns
  /// how new the query's own state must be.
  private func requireIDs(
    of selection: RecordSelection, in address: CollectionAddress, _ reading: ReadOptions
  ) async throws(APIError) -> ReadOptions {
    guard let ids = selection.ids, !ids.isEmpty, selection.filter == nil else { return reading }
    let found: GetAnswer? = try await asking { () async throws(EngineError) in
      // Where there is no dimension yet any query is answered with nothing.
      let collection = try await engine.collection(address, options: reading)
      guard collection.dimension != nil else { return nil }
      return try await engine.get(
        GetRequest(selection: selection, fields: []), from: address, options: reading)
    }
    guard let found else { return reading }
    guard found.records.count == Set(ids).count else {
      throw APIError(
        status: .internalServerError, name: .internal,
        message: "Error executing plan: Internal error: Error finding id")
    }
    return ReadOptions(minimumLogPosition: found.logPosition)
  }

  /// What `check` makes of the request. Where it refuses it, that the collection does not exist comes first,
  /// as in Chroma, and then what it says to the collection, which it is given only now.
  func checking<Value>(
    _ address: CollectionAddress, _ check: (CollectionInfo?) throws(APIError) -> Value
  ) async throws(APIError) -> Value {
    do throws(APIError) {
      return try check(nil)
    } catch {
      let complaint = error
      let collection = try await asking { () async throws(EngineError) in
        try await engine.collection(address, options: ReadOptions())
      }
      _ = try check(collection)
      throw complaint
    }
  }

  /// Refuses a filter whose index the collection's schema turns off, and before that query vectors of another
  /// dimension than the collection's (which the engine does where there is no filter).
  private func check(
    _ selection: RecordSelection, _ embeddings: [[Float]] = [], in address: CollectionAddress
  ) async throws(APIError) {
    guard let filter = selection.filter else { return }
    let (collection, checked) = try await asking { () async throws(EngineError) in
      let collection = try await engine.collection(address, options: ReadOptions())
      return (collection, try settings.settings(stored: collection.definition.configuration))
    }
    if let dimension = collection.dimension,
      let other = embeddings.first(where: { $0.count != dimension })
    {
      throw APIError(.dimensionMismatch(expected: dimension, got: other.count))
    }
    try checked.schema.check(filter)
  }

  /// How long a search may take, as `ef_search` says: Chroma's default is the usual.
  func searchEffort(in address: CollectionAddress) async throws(EngineError) -> Float {
    let definition = try await engine.definition(of: address)
    // Settings that a newer version wrote are no reason to answer no query.
    let known = try? settings.settings(stored: definition.configuration)
    return known?.schema.vectorIndex.searchEffort ?? 1
  }
}
