import Engine
package import JSON
import Model

/// Which records a get, query or delete is about, as it came.
struct SelectionPayload {
  var ids: [Text]?
  /// The values of `where` and `where_document`; nil where there is none. Clients send null for no filter.
  var metadataFilter: JSONValue?
  var documentFilter: JSONValue?
  /// Which of the two came twice, the first of them to do so. Chroma notices it when the rest is read.
  var doubled: Text?

  var isFiltered: Bool {
    [metadataFilter, documentFilter].contains {
      switch $0 {
      case nil, .null: false
      default: true
      }
    }
  }

  /// Errors: a filter that is none.
  func selection() throws(APIError) -> RecordSelection {
    let metadata = try FilterReader.metadataFilter(metadataFilter ?? .null)
    let document = try FilterReader.documentFilter(documentFilter ?? .null)
    let filter: Filter? =
      if let metadata, let document { .all([metadata, document]) } else { metadata ?? document }
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
    payload.selection = try selecting("GetRequestPayload", ["limit", "offset", "include"]) {
      (body, field) throws(JSONError) in
      switch field {
      case "limit":
        payload.limit = try body.optional { (body) throws(JSONError) in try body.u32() }
      case "offset":
        payload.offset = try body.optional { (body) throws(JSONError) in try body.u32() }
      default: payload.include = try body.include()
      }
    }
    return payload
  }

  package mutating func queryPayload() throws(JSONError) -> QueryPayload {
    var payload = QueryPayload()
    payload.selection = try selecting(
      "QueryRequestPayload", ["query_embeddings", "n_results", "include"],
      needed: "query_embeddings"
    ) { (body, field) throws(JSONError) in
      switch field {
      case "query_embeddings": try body.queryEmbeddings(into: &payload)
      case "n_results":
        payload.count = try body.optional { (body) throws(JSONError) in try body.u32() }
      default: payload.include = try body.include()
      }
    }
    return payload
  }

  mutating func deletePayload() throws(JSONError) -> DeletePayload {
    var payload = DeletePayload()
    payload.selection = try selecting("DeleteCollectionRecordsPayload", ["limit"]) {
      (body, _) throws(JSONError) in
      payload.limit = try body.optional { (body) throws(JSONError) in try body.u32() }
    }
    return payload
  }

  /// Reads a struct that has a selection, and fields of its own.
  private mutating func selecting(
    _ name: String, _ fields: [Text], needed: Text? = nil,
    _ member: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) -> SelectionPayload {
    var selection = SelectionPayload()
    let found = try structure(
      Structure(
        name: name, fields: ["ids"] + fields, repeatable: ["where", "where_document"],
        isFlattened: true)
    ) { (body, field) throws(JSONError) in
      switch field {
      case "ids":
        selection.ids = try body.optional { (body) throws(JSONError) in try body.texts() }
      case "where":
        if selection.metadataFilter != nil { selection.doubled = selection.doubled ?? field }
        selection.metadataFilter = try body.value()
      case "where_document":
        if selection.documentFilter != nil { selection.doubled = selection.doubled ?? field }
        selection.documentFilter = try body.value()
      default: try member(&body, field)
      }
    }
    if let needed { try require(needed, in: found) }
    if let doubled = selection.doubled {
      throw json.dataError("duplicate field `\(doubled)`")
    }
    return selection
  }

  private mutating func queryEmbeddings(into payload: inout QueryPayload) throws(JSONError) {
    try array { (body) throws(JSONError) in
      let mark = body.mark
      let before = payload.components.count
      if let count = try? body.json.floats(into: &payload.components) {
        payload.lengths.append(count)
        return
      }
      // Again, for the path of what is wrong.
      body.rewind(to: mark)
      payload.components.removeLast(payload.components.count - before)
      try body.array { (body) throws(JSONError) in
        payload.components.append(try body.json.float())
      }
      payload.lengths.append(payload.components.count - before)
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
