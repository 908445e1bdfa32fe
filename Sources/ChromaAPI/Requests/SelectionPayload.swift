import Engine
package import JSON
import Model

/// Which records a get, query or delete is about, as it came.
struct SelectionPayload {
  private var ids: [Text]?
  private var whereMetadata = ReadFilter.filter(nil)
  private var whereDocument = ReadFilter.filter(nil)
  private var seen = SeenFields()

  /// Reads the member if it belongs to the selection, and says whether it did.
  mutating func read(_ key: Text, _ body: inout BodyReader) throws(JSONError) -> Bool {
    switch key {
    case "ids":
      try seen.note(key, &body)
      ids = try body.optional { (body) throws(JSONError) in try body.texts() }
    case "where":
      try seen.note(key, &body)
      whereMetadata = try body.metadataFilter()
    case "where_document":
      try seen.note(key, &body)
      whereDocument = try body.documentFilter()
    default: return false
    }
    return true
  }

  /// Errors: a filter that is none.
  func selection() throws(APIError) -> RecordSelection {
    let filter: Filter?
    switch (try whereMetadata.get(), try whereDocument.get()) {
    case (nil, let document): filter = document
    case (let metadata, nil): filter = metadata
    case (.some(let metadata), .some(let document)): filter = .all([metadata, document])
    }
    return RecordSelection(ids: ids, filter: filter)
  }
}

/// The body of `get`.
package struct GetPayload {
  var selection = SelectionPayload()
  var limit: Int?
  var offset: Int?
  var include = [Include].getDefault
}

/// The body of `query`.
package struct QueryPayload {
  var selection = SelectionPayload()
  /// End to end, with the length of each.
  var components: [Float] = []
  var lengths: [Int] = []
  var count: Int?
  var include = [Include].queryDefault
}

/// The body of `delete`.
struct DeletePayload {
  var selection = SelectionPayload()
  var limit: Int?
}

extension BodyReader {
  package mutating func getPayload() throws(JSONError) -> GetPayload {
    var payload = GetPayload()
    var seen = SeenFields()
    try object(expected: "struct GetRequestPayload") { (body, key) throws(JSONError) in
      switch key {
      case "limit":
        try seen.note(key, &body)
        payload.limit = try body.optional { (body) throws(JSONError) in try body.u32() }
      case "offset":
        try seen.note(key, &body)
        payload.offset = try body.optional { (body) throws(JSONError) in try body.u32() }
      case "include":
        try seen.note(key, &body)
        payload.include = try body.include()
      default:
        if try !payload.selection.read(key, &body) { try body.json.skip() }
      }
    }
    return payload
  }

  package mutating func queryPayload() throws(JSONError) -> QueryPayload {
    var payload = QueryPayload()
    var seen = SeenFields()
    var hasEmbeddings = false
    try object(expected: "struct QueryRequestPayload") { (body, key) throws(JSONError) in
      switch key {
      case "query_embeddings":
        try seen.note(key, &body)
        hasEmbeddings = true
        try body.queryEmbeddings(into: &payload)
      case "n_results":
        try seen.note(key, &body)
        payload.count = try body.optional { (body) throws(JSONError) in try body.u32() }
      case "include":
        try seen.note(key, &body)
        payload.include = try body.include()
      default:
        if try !payload.selection.read(key, &body) { try body.json.skip() }
      }
    }
    _ = try require(hasEmbeddings ? true : nil, "query_embeddings", self)
    return payload
  }

  mutating func deletePayload() throws(JSONError) -> DeletePayload {
    var payload = DeletePayload()
    var seen = SeenFields()
    try object(expected: "struct DeleteCollectionRecordsPayload") {
      (body, key) throws(JSONError) in
      switch key {
      case "limit":
        try seen.note(key, &body)
        payload.limit = try body.optional { (body) throws(JSONError) in try body.u32() }
      default:
        if try !payload.selection.read(key, &body) { try body.json.skip() }
      }
    }
    return payload
  }

  private mutating func queryEmbeddings(into payload: inout QueryPayload) throws(JSONError) {
    try array { (body) throws(JSONError) in
      let before = payload.components.count
      guard try body.json.peek() == .array else {
        throw body.json.invalidType(expected: "a sequence")
      }
      do throws(JSONError) {
        payload.lengths.append(try body.json.floats(into: &payload.components))
      } catch {
        body.enter(index: payload.components.count - before)
        throw error
      }
    }
  }
}

extension DeletePayload {
  /// Errors: a filter that is none, no ids and no filter, a limit without a filter.
  func checkedSelection() throws(APIError) -> RecordSelection {
    let selection = try selection.selection()
    if selection.ids?.isEmpty == true, selection.filter == nil {
      throw .validation("ids, where", "Either ids or where must be specified")
    }
    if limit != nil, selection.filter == nil {
      throw .validation(
        "limit, where", "limit can only be specified when a where clause is provided")
    }
    return selection
  }
}

extension QueryPayload {
  /// The query vectors. One without components is left to the engine, which knows the dimension.
  func embeddings() throws(APIError) -> [[Float]] {
    guard components.allSatisfy(\.isFinite) else {
      throw .validation(
        "query_embeddings", "Embeddings must not contain NaN or Infinity values")
    }
    guard lengths.allSatisfy({ $0 == lengths.first }) else {
      throw .invalid("Inconsistent dimensions in provided embeddings")
    }
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return Array(components[start..<start + length])
    }
  }
}
