import ChromaAPI
import JSON
import Model
import Testing

/// The texts were taken from Chroma 1.5.9.
@Suite struct BodyErrorTests {
  private static let shape = "Failed to deserialize the JSON body into the target type: "
  private static let syntax = "Failed to parse the request body as JSON: "

  private func message(_ read: () throws(APIError) -> Void) -> String {
    do throws(APIError) {
      try read()
      return "no error"
    } catch {
      return error.message
    }
  }

  @Test(
    "add words every mistake as Chroma does",
    arguments: [
      (#"{"ids":["a"]}"#, shape + "missing field `embeddings` at line 1 column 13"),
      (#"{"ids":["a""#, syntax + "ids: EOF while parsing a list at line 1 column 11"),
      (#"{"ids":["a"],"ids":["b"]}"#, shape + "duplicate field `ids` at line 1 column 18"),
      (
        #"{"ids":["a"],"embeddings":[[1,"x"]] , "documents":null}"#,
        shape
          + "embeddings: data did not match any variant of untagged enum EmbeddingsPayload at "
          + "line 1 column 36"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1,2]],"metadatas":[{"a":null,"b":1}]}"#,
        shape
          + "metadatas[0].a: data did not match any variant of untagged enum MetadataValue at "
          + "line 1 column 56"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1,2]],"metadatas":[{"a":[1,"x"]}]}"#,
        shape
          + "metadatas[0].a: data did not match any variant of untagged enum MetadataValue at "
          + "line 1 column 60"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1,2]]}x"#,
        syntax + "trailing characters at line 1 column 35"
      ),
      ("", syntax + "EOF while parsing a value at line 1 column 0"),
      (
        #"{"ids": [5]}"#,
        shape + "ids[0]: invalid type: integer `5`, expected a string at line 1 column 10"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1,2]],"metadatas":[[]]}"#,
        shape + "metadatas[0]: invalid type: sequence, expected a map at line 1 column 47"
      ),
    ])
  func add(body: String, expected: String) {
    let got = message { () throws(APIError) in
      _ = try read(body) { (body) throws(JSONError) in try body.recordPayload(.add) }
    }
    #expect(got == expected)
  }

  @Test(
    "get and query word every mistake as Chroma does",
    arguments: [
      (
        #"{"include":["bogus"]}"#,
        shape
          + "include[0]: unknown variant `bogus`, expected one of `distances`, `documents`, "
          + "`embeddings`, `metadatas`, `uris` at line 1 column 19"
      ),
      (#"{"include":[5]}"#, syntax + "include[0]: expected value at line 1 column 13"),
      (
        #"{"limit":-1}"#,
        shape + "limit: invalid value: integer `-1`, expected u32 at line 1 column 11"
      ),
      (
        #"{"limit":1.5}"#,
        shape + "limit: invalid type: floating point `1.5`, expected u32 at line 1 column 12"
      ),
      (
        #"{"where":{"a":1},"where":{"b":2}}"#,
        shape + "duplicate field `where` at line 1 column 33"
      ),
      (
        #"{"where":null,"where":null}"#,
        shape + "duplicate field `where` at line 1 column 27"
      ),
      (
        "5",
        shape + "invalid type: integer `5`, expected struct GetRequestPayload at line 1 column 1"
      ),
      (
        "[]",
        shape + "invalid type: sequence, expected struct GetRequestPayload at line 1 column 0"
      ),
      (
        #"{"include":[{"bogus":null}]}"#,
        shape
          + "include[0]: unknown variant `bogus`, expected one of `distances`, `documents`, "
          + "`embeddings`, `metadatas`, `uris` at line 1 column 20"
      ),
      (
        #"{"where":{"a":[1,1e400]}}"#,
        syntax + "where.a[1]: number out of range at line 1 column 22"
      ),
      (
        #"{"where":{"a" 1}}"#, syntax + "where: expected `:` at line 1 column 15"
      ),
      (
        #"{"where":{"a":1,}}"#, syntax + "where.?: trailing comma at line 1 column 17"
      ),
      (
        #"{"extra":"\ud800"}"#,
        syntax + "extra: unexpected end of hex escape at line 1 column 17"
      ),
    ])
  func get(body: String, expected: String) {
    let got = message { () throws(APIError) in
      _ = try read(body) { (body) throws(JSONError) in try body.getPayload() }
    }
    #expect(got == expected)
  }

  @Test(
    "a query's mistake names vector and component",
    arguments: [
      (
        #"{"query_embeddings":[[1,"x"]]}"#,
        #"query_embeddings[0][1]: invalid type: string "x", expected f32 at line 1 column 27"#
      ),
      (
        #"{"query_embeddings":["AACAPw=="]}"#,
        #"query_embeddings[0]: invalid type: string "AACAPw==", expected a sequence at line 1 "#
          + "column 31"
      ),
      (#"{"query_texts":["a"]}"#, "missing field `query_embeddings` at line 1 column 21"),
    ])
  func query(body: String, expected: String) {
    let got = message { () throws(APIError) in
      _ = try read(body) { (body) throws(JSONError) in
        try body.queryPayload()
      }
    }
    #expect(got == Self.shape + expected)
  }

  @Test(
    "create words every mistake as Chroma does",
    arguments: [
      (
        #"{"name":"c3","configuration":{"hnsw":{"foo":1}}}"#,
        "configuration.hnsw.foo: unknown field `foo`, expected one of `space`, "
          + "`ef_construction`, `ef_search`, `max_neighbors`, `num_threads`, `resize_factor`, "
          + "`sync_threshold`, `batch_size` at line 1 column 43"
      ),
      (
        #"{"name":"c3","configuration":{"hnsw":{"space":"bad"}}}"#,
        "configuration.hnsw.space: unknown variant `bad`, expected one of `l2`, `cosine`, `ip` "
          + "at line 1 column 51"
      ),
      (
        #"{"name":"c4","configuration":{"embedding_function":{"type":"bad"}}}"#,
        "configuration.embedding_function.type: unknown variant `bad`, expected one of "
          + "`legacy`, `known`, `unknown` at line 1 column 64"
      ),
      (
        #"{"name":"c4","configuration":{"embedding_function":{"type":"known"}}}"#,
        "configuration.embedding_function: missing field `name` at line 1 column 68"
      ),
      (
        #"{"name":"c4","schema":{"defaults":{}}}"#,
        "schema: missing field `keys` at line 1 column 37"
      ),
      (
        #"{"name":"c5","schema":{"defaults":{"string":{"fts_index":{"enabled":true,"#
          + #""config":{"x":1}}}},"keys":{}}}"#,
        "schema.defaults.string.fts_index.config.x: unknown field `x`, there are no fields at "
          + "line 1 column 86"
      ),
      (
        #"{"name":"c4","configuration":{"embedding_function":{"type":"known","name":1}}}"#,
        "configuration.embedding_function: invalid type: integer `1`, expected a string at line 1 "
          + "column 77"
      ),
      (
        #"{"name":"c3","configuration":{"spann":[1]}}"#,
        "configuration.spann: invalid length 1, expected struct SpannConfiguration with 9 "
          + "elements at line 1 column 41"
      ),
      (
        #"["c3"]"#,
        "invalid length 1, expected struct CreateCollectionPayload with 5 elements at "
          + "line 1 column 6"
      ),
      (
        #"{"name":"d2","get_or_create":null}"#,
        "get_or_create: invalid type: null, expected a boolean at line 1 column 33"
      ),
    ])
  func create(body: String, expected: String) {
    let got = message { () throws(APIError) in
      _ = try read(body) { (body) throws(JSONError) in try body.createCollectionPayload() }
    }
    #expect(got == Self.shape + expected)
  }

  @Test("an array stands for a struct, its elements for the fields in their order")
  func sequence() throws {
    let payload = try read(#"[["a"],[[1,2]],null,["u"],[{"k":1}]]"#) { (body) throws(JSONError) in
      try body.recordPayload(.add)
    }
    try payload.validate()
    let batch = payload.batch()
    #expect(batch.ids == ["a"])
    #expect(batch.uris == ["u"])
    #expect(batch.documents == nil)
  }

  @Test(
    "an update of SPANN's parameters has two",
    arguments: [
      (
        #"{"new_configuration":{"spann":{"foo":1}}}"#,
        "new_configuration.spann.foo: unknown field `foo`, expected `search_nprobe` or `ef_search` "
          + "at line 1 column 36"
      ),
      (
        #"{"new_configuration":{"spann":{"search_nprobe":4294967296}}}"#,
        "new_configuration.spann.search_nprobe: invalid value: integer `4294967296`, expected u32 "
          + "at line 1 column 57"
      ),
    ])
  func spannUpdate(body: String, expected: String) {
    let got = message { () throws(APIError) in
      _ = try read(body) { (body) throws(JSONError) in try body.updateCollectionPayload() }
    }
    #expect(got == Self.shape + expected)
  }

  @Test(
    "JSON that is kept and shown again is read to its end",
    arguments: ["-1e400", #""\ud800""#, #"{"a":[1e999]}"#, String(repeating: "[", count: 200)])
  func keptJSON(value: String) {
    #expect(throws: APIError.self) {
      try read(#"{"type":"known","name":"x","config":{"a":\#(value)}}"#) {
        (body) throws(JSONError) in try body.embeddingFunction()
      }
    }
  }
}
