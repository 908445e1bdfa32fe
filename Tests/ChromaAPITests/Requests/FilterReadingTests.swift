import ChromaAPI
import JSON
import Model
import Testing

@Suite struct FilterReadingTests {
  private func metadata(_ json: String) throws -> Filter? {
    try FilterReader.metadataFilter(try value(json))
  }

  private func document(_ json: String) throws -> Filter? {
    try FilterReader.documentFilter(try value(json))
  }

  private func value(_ json: String) throws(APIError) -> JSONValue {
    try read(json) { (body) throws(JSONError) in try body.value() }
  }

  @Test("conditions on metadata become filters")
  func conditions() throws {
    #expect(try metadata(#"{"k":"v"}"#) == .compare(key: "k", .equal(.string("v"))))
    #expect(try metadata(#"{"k":1}"#) == .compare(key: "k", .equal(.int(1))))
    #expect(try metadata(#"{"k":1.0}"#) == .compare(key: "k", .equal(.float(1))))
    #expect(try metadata(#"{"k":{"$ne":true}}"#) == .compare(key: "k", .notEqual(.bool(true))))
    #expect(try metadata(#"{"k":{"$gt":1}}"#) == .compare(key: "k", .greater(.int(1))))
    #expect(try metadata(#"{"k":{"$lte":1.5}}"#) == .compare(key: "k", .lessOrEqual(.float(1.5))))
    #expect(
      try metadata(#"{"k":{"$in":[1,2]}}"#) == .compare(key: "k", .isIn([.int(1), .int(2)])))
    #expect(
      try metadata(#"{"k":{"$nin":[1.0,2]}}"#)
        == .compare(key: "k", .notIn([.float(1), .float(2)])))
    #expect(
      try metadata(#"{"k":{"$contains":1}}"#)
        == .listContains(key: "k", element: .int(1), negated: false))
    #expect(
      try metadata(##"{"#id":"x"}"##)
        == .compare(key: "#id", .equal(.string("x"))))
    #expect(try metadata("null") == nil)
  }

  @Test("$and and $or take any number of children, none included")
  func composites() throws {
    #expect(try metadata(#"{"$and":[]}"#) == .all([]))
    #expect(
      try metadata(#"{"$or":[{"a":1},{"$and":[{"b":2}]}]}"#)
        == .any([
          .compare(key: "a", .equal(.int(1))), .all([.compare(key: "b", .equal(.int(2)))]),
        ]))
    #expect(
      try document(#"{"$or":[{"$contains":"x"},{"$not_regex":"y"}]}"#)
        == .any([
          .documentContains("x", negated: false), .documentMatches(pattern: "y", negated: true),
        ]))
  }

  @Test("#document takes the operators of where_document")
  func documentKey() throws {
    #expect(
      try metadata(##"{"#document":{"$contains":"x"}}"##)
        == .documentContains("x", negated: false))
    #expect(
      try metadata(##"{"#document":{"$not_regex":"x"}}"##)
        == .documentMatches(pattern: "x", negated: true))
  }

  @Test(
    "what is no filter is refused",
    arguments: [
      "{}", "5", "[]", #"{"a":1,"b":2}"#, #"{"a":null}"#, #"{"a":[1]}"#, #"{"a":{}}"#,
      #"{"$not":{"a":1}}"#, #"{"$contains":"x"}"#, #"{"a":{"$foo":1}}"#, #"{"a":{"$gt":"x"}}"#,
      #"{"a":{"$lt":true}}"#, #"{"a":{"$in":[]}}"#, #"{"a":{"$in":[1,2.0]}}"#,
      #"{"a":{"$in":[1,"x"]}}"#, #"{"a":{"$eq":[1]}}"#, #"{"a":{"$in":1}}"#,
      #"{"a":{"$gt":1,"$lt":2}}"#, #"{"$and":{"a":1}}"#, #"{"$and":[{"a":{"$x":1}}]}"#,
      #"{"a":{"$regex":"x"}}"#, ##"{"#document":{"$contains":1}}"##, #"{"a":{"$eq":null}}"#,
      #"{"a":18446744073709551615}"#, #"{"a":{"$gte":9223372036854775808}}"#,
    ])
  func malformed(json: String) {
    #expect(throws: APIError.invalid("Invalid where clause")) { try metadata(json) }
  }

  @Test(
    "what is no filter on documents is refused",
    arguments: [
      "{}", #"{"$contains":1}"#, #"{"$eq":"x"}"#, #"{"$contains":"x","$regex":"y"}"#, #""x""#,
      #"{"$and":"x"}"#,
    ])
  func malformedDocument(json: String) {
    #expect(throws: APIError.invalid("Invalid where document clause")) { try document(json) }
  }

  @Test("of a key that comes twice the last counts")
  func doubled() throws {
    #expect(try metadata(#"{"k":1,"k":2}"#) == .compare(key: "k", .equal(.int(2))))
    #expect(
      try metadata(#"{"k":{"$gt":1,"$gt":2}}"#) == .compare(key: "k", .greater(.int(2))))
    #expect(throws: APIError.invalid("Invalid where clause")) {
      try metadata(#"{"k":1,"l":2,"k":2}"#)
    }
    #expect(
      try document(#"{"$contains":1,"$contains":"x"}"#) == .documentContains("x", negated: false))
  }

  @Test(
    "the first fault of a filter is told",
    arguments: [
      (#"{"$and":[{"$regex":"["},{"$foo":"x"}]}"#, "Regex syntax errror: "),
      (#"{"$and":[{"$foo":"x"},{"$regex":"["}]}"#, "Invalid where document clause"),
      (#"{"$or":[{"$regex":"(?-u:\\w)"},{"$regex":"["}]}"#, "Byte pattern is not allowed"),
    ])
  func first(json: String, begin: String) {
    let error = #expect(throws: APIError.self) { try document(json) }
    #expect(error?.message.hasPrefix(begin) == true)
  }

  @Test("a filter nested deeper than JSON may be is an error, not a crash")
  func deep() {
    let json = String(repeating: #"{"$and":["#, count: 5000)
    #expect(throws: APIError.self) { try metadata(json) }
  }
}

/// Reads a whole text.
func read<Value>(
  _ json: String, _ read: (inout BodyReader) throws(JSONError) -> Value
) throws(APIError) -> Value {
  try decode(Array(json.utf8), read)
}
