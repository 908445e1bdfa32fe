import ChromaAPI
import JSON
import Model
import Testing

@Suite struct RecordPayloadTests {
  private func batch(
    _ json: String, _ kind: RecordPayload.Kind = .add
  ) throws(APIError) -> RecordBatch {
    let payload = try read(json) { (body) throws(JSONError) in try body.recordPayload(kind) }
    try payload.validate()
    return payload.batch()
  }

  @Test("numbers and base64 give the same column")
  func embeddings() throws {
    let numbers = try batch(#"{"ids":["a","b"],"embeddings":[[1,-2.5],[0.1,3e0]]}"#)
    let base64 = try batch(
      #"{"ids":["a","b"],"embeddings":["AACAPwAAIMA=","zczMPQAAQEA="]}"#)
    #expect(numbers == base64)
    #expect(numbers.embeddings?.components == [1, -2.5, 0.1, 3])
    #expect(numbers.embeddings?.slots == nil)
  }

  @Test("an update's null rows have no slot")
  func nullRows() throws {
    let batch = try batch(#"{"ids":["a","b","c"],"embeddings":[null,[1,2],null]}"#, .update)
    #expect(batch.embeddings?.slots == [-1, 0, -1])
    #expect(batch.embeddings?.dimension == 2)
    #expect(try self.batch(#"{"ids":["a"],"embeddings":[null]}"#, .update).embeddings == nil)
    #expect(try self.batch(#"{"ids":["a"],"embeddings":null}"#, .update).embeddings == nil)
  }

  @Test("whole numbers, floats and lists keep their types")
  func metadata() throws {
    let batch = try batch(
      #"{"ids":["a"],"embeddings":[[1]],"metadatas":[{"i":1,"f":1.0,"big":18446744073709551615,"#
        + #""min":-9223372036854775808,"n":[1,2.5],"l":[],"b":true,"s":["x"],"i":2}]}"#)
    let metadata = try #require(batch.metadatas?.first ?? nil)
    var merged = Metadata()
    merged.merge(metadata)
    #expect(merged["i"] == .int(2))
    #expect(merged["f"] == .float(1))
    #expect(merged["big"] == .float(0x1p64))
    #expect(merged["min"] == .int(.min))
    #expect(merged["n"] == .floats([1, 2.5]))
    #expect(merged["l"] == .bools([]))
    #expect(merged["s"] == .strings(["x"]))
    #expect(metadata.entries.count == 8)
  }

  @Test("null removes a key in upsert and update, and is kept apart from no metadata")
  func nullMetadata() throws {
    let batch = try batch(
      #"{"ids":["a","b","c"],"embeddings":[[1],[1],[1]],"metadatas":[{"k":null},null,{}]}"#,
      .upsert)
    #expect(
      batch.metadatas == [
        MetadataChange([MetadataChange.Entry(key: "k", value: nil)]), nil, MetadataChange([]),
      ])
  }

  @Test("a document among the metadata moves to its column, unless there is one")
  func reservedKeys() throws {
    let batch = try batch(
      #"{"ids":["a","b"],"embeddings":[[1],[1]],"documents":["own",null],"metadatas":["#
        + #"{"chroma:document":"x","k":1},{"chroma:document":"y","chroma:uri":"u"}]}"#)
    #expect(batch.documents == ["own", "y"])
    #expect(batch.uris == [nil, "u"])
    #expect(batch.metadatas?[0]?.entries.map(\.key) == ["k"])
    #expect(batch.metadatas?[1]?.entries.isEmpty == true)
  }

  @Test("what is no string under chroma:uri stays metadata, unless there is a uri")
  func reservedNull() throws {
    let batch = try batch(
      #"{"ids":["a","b"],"embeddings":[[1],[1]],"uris":["own",null],"metadatas":["#
        + #"{"chroma:uri":null},{"chroma:uri":5,"k":1}]}"#, .upsert)
    #expect(batch.uris == ["own", nil])
    #expect(batch.metadatas?[0]?.entries.isEmpty == true)
    #expect(batch.metadatas?[1]?.entries.map(\.key) == ["chroma:uri", "k"])
  }

  @Test(
    "of several faults of a write the first in Chroma's order is told",
    arguments: [
      (
        ##"{"ids":["a","b"],"embeddings":[[1,2],[1]],"metadatas":[{"#k":1}]}"##,
        "Validation error: metadatas: Invalid metadata at index 0"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1,2],[1]]}"#,
        "Inconsistent dimensions in provided embeddings"
      ),
      (
        #"{"ids":["a","b"],"embeddings":[[1,2]]}"#,
        "Collection expecting embedding with dimension of 3, got 2"
      ),
      (
        #"{"ids":["","b"],"embeddings":[[1,2,3]]}"#,
        "Inconsistent number of IDs, embeddings, documents, URIs and metadatas"
      ),
    ])
  func order(json: String, message: String) throws {
    let payload = try read(json) { (body) throws(JSONError) in try body.recordPayload(.add) }
    #expect(throws: APIError.invalid(message)) { try payload.validate(dimension: 3) }
  }

  @Test("of an update's embeddings the first wrong one is told")
  func updateOrder() throws {
    #expect(
      throws: APIError.invalid(
        "Validation error: embeddings: Embeddings must not contain NaN or Infinity values")
    ) { try batch(#"{"ids":["a","b"],"embeddings":[[1e300],[]]}"#, .update) }
  }

  @Test(
    "what cannot be added is refused in Chroma's words",
    arguments: [
      (
        #"{"ids":["a","b"],"embeddings":[[1,2]]}"#,
        "Inconsistent number of IDs, embeddings, documents, URIs and metadatas"
      ),
      (
        #"{"ids":["a",""],"embeddings":[[1],[1]]}"#, "Empty ID, ID must have at least one character"
      ),
      (
        #"{"ids":["a","b"],"embeddings":[[1],[1,2]]}"#,
        "Inconsistent dimensions in provided embeddings"
      ),
      (
        #"{"ids":["a"],"embeddings":[[]]}"#,
        "Validation error: embeddings: Each embedding must have at least 1 dimension"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1e300]]}"#,
        "Validation error: embeddings: Embeddings must not contain NaN or Infinity values"
      ),
      (
        #"{"ids":["a"],"embeddings":["AAA!"]}"#,
        "Invalid base64 string: Invalid symbol 33, offset 3."
      ),
      (
        #"{"ids":["a"],"embeddings":["AAAAAAA="]}"#,
        "Invalid byte length: 5 bytes cannot be converted to f32 values (must be divisible by 4)"
      ),
      (
        #"{"ids":["a"],"embeddings":["AADAfw=="]}"#,
        "Non-finite float value at embedding index 0: NaN"
      ),
      (
        #"{"ids":["a"],"embeddings":[[1]],"metadatas":[{"$k":1}]}"#,
        "Validation error: metadatas: Invalid metadata at index 0"
      ),
      (
        ##"{"ids":["a"],"embeddings":[[1]],"metadatas":[{"k":{"#type":"sparse_vector","##
          + ##""indices":[1],"values":[2.0]}}]}"##,
        "Unimplemented: Sparse vector is not supported for local chroma: k"
      ),
    ])
  func refused(json: String, expected: String) {
    do throws(APIError) {
      _ = try batch(json)
      Issue.record("accepted")
    } catch {
      #expect(error.message == expected)
    }
  }

  @Test("add of nothing is a batch of nothing")
  func nothing() throws {
    #expect(try batch(#"{"ids":[],"embeddings":[]}"#) == RecordBatch(ids: []))
  }
}
