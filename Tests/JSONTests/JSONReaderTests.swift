import JSON
import Model
import Testing

@Suite("JSON reader")
struct JSONReaderTests {
  @Test("a record batch is read member by member")
  func walk() throws {
    let json = #" { "ids" : ["a","b"], "embeddings":[[1,2.5],[ -3 , 4e2 ]] , "x":{"y":[1]},"n":3}"#
    var reader = JSONReader(Array(json.utf8))
    var ids: [Text] = []
    var floats: [Float] = []
    var counts: [Int] = []
    var n: Int64 = 0
    try reader.beginObject()
    while let key = try reader.nextKey() {
      switch key {
      case "ids":
        try reader.beginArray()
        while try reader.nextElement() { ids.append(try reader.text()) }
      case "embeddings":
        try reader.beginArray()
        while try reader.nextElement() { counts.append(try reader.floats(into: &floats)) }
      case "n": n = try reader.integer(in: 0...10, expected: "u32")
      default: try reader.skip()
      }
    }
    try reader.finish()
    #expect(ids == ["a", "b"])
    #expect(floats == [1, 2.5, -3, 400])
    #expect(counts == [2, 2])
    #expect(n == 3)
  }

  @Test("peeking says the kind and consumes nothing")
  func peeking() throws {
    let kinds: [(String, JSONKind)] = [
      ("null", .null), ("true", .bool), ("false", .bool), ("-1", .number), ("0", .number),
      ("\"\"", .string), ("[]", .array), ("{}", .object),
    ]
    for (text, kind) in kinds {
      var reader = JSONReader(Array(" \(text)".utf8))
      #expect(try reader.peek() == kind)
      #expect(try reader.peek() == kind)
      try reader.skip()
      try reader.finish()
    }
  }

  @Test("a value is read again after rewinding, also behind a key and inside of containers")
  func rewinding() throws {
    var reader = JSONReader(Array(#"{"a": [1, "x"], "b": 2}"#.utf8))
    try reader.beginObject()
    #expect(try reader.nextKey() == "a")
    let mark = reader.mark
    var floats: [Float] = []
    #expect(failure { () throws(JSONError) in _ = try reader.floats(into: &floats) } != nil)
    #expect(floats == [1])
    reader.rewind(to: mark)
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.number() == .int(1))
    #expect(try reader.nextElement())
    #expect(try reader.text() == "x")
    #expect(try reader.nextElement() == false)
    #expect(try reader.nextKey() == "b")
    #expect(try reader.number() == .int(2))
    #expect(try reader.nextKey() == nil)
    try reader.finish()
  }

  @Test(
    "strings are decoded",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#""a\u0000b""#, "a\0b"),
      (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"),
      (
        #""before é after \u0041 and long enough for words""#,
        "before é after A and long enough for words"
      ),
      (#""""#, ""),
      (#""12345678""#, "12345678"),
      (#""123456789\n""#, "123456789\n"),
    ])
  func strings(_ json: String, _ expected: String) throws {
    var reader = JSONReader(Array(json.utf8))
    #expect(try reader.text() == Text(expected))
    try reader.finish()
    reader = JSONReader(Array(json.utf8))
    let bytes = try reader.withStringBytes { Array($0) }
    #expect(bytes == Array(expected.utf8))
    try reader.finish()
  }

  @Test("string bytes are checked like a text's")
  func stringBytes() {
    var reader = JSONReader([0x22, 0xff, 0x22])
    #expect(
      failure { () throws(JSONError) in _ = try reader.withStringBytes { $0.count } }?.message
        == "invalid unicode code point")
  }

  @Test("null is optional where it is asked for")
  func nullIfPresent() throws {
    var reader = JSONReader(Array("[null,1]".utf8))
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.nullIfPresent())
    #expect(try reader.nextElement())
    #expect(try reader.nullIfPresent() == false)
    #expect(try reader.number() == .int(1))
  }

  @Test(
    "a value of the wrong type is described and placed as serde does",
    arguments: [
      ("5", "integer `5`", 7), ("-5", "integer `-5`", 8), ("1.5", "floating point `1.5`", 9),
      ("1e3", "floating point `1000.0`", 9), ("-0", "floating point `-0.0`", 8),
      ("18446744073709551615", "integer `18446744073709551615`", 26),
      ("18446744073709551616", "floating point `1.8446744073709552e+19`", 26),
      ("true", "boolean `true`", 10), ("null", "null", 10), ("[1]", "sequence", 6),
      ("{}", "map", 6),
    ])
  func wrongType(_ value: String, _ description: String, _ column: Int) throws {
    var reader = JSONReader(Array("{\"a\": \(value)}".utf8))
    try reader.beginObject()
    _ = try reader.nextKey()
    let error = failure { () throws(JSONError) in _ = try reader.text() }
    #expect(
      error?.description
        == "invalid type: \(description), expected a string at line 1 column \(column)")
  }

  @Test("a string of the wrong type is quoted as Rust does")
  func wrongTypeString() {
    var reader = JSONReader(Array(#""a\"\n\u0001é""#.utf8))
    let error = failure { () throws(JSONError) in _ = try reader.bool() }
    #expect(error?.message == #"invalid type: string "a\"\n\u{1}é", expected a boolean"#)
  }

  @Test("an integer out of its range or with a point is refused")
  func integers() throws {
    func read(_ text: String) -> String? {
      var reader = JSONReader(Array(text.utf8))
      return failure { () throws(JSONError) in
        _ = try reader.integer(in: 0...4_294_967_295, expected: "u32")
      }?.message
    }
    #expect(read("4294967295") == nil)
    #expect(read("4294967296") == "invalid value: integer `4294967296`, expected u32")
    #expect(read("-1") == "invalid value: integer `-1`, expected u32")
    #expect(read("1.0") == "invalid type: floating point `1.0`, expected u32")
    #expect(
      read("18446744073709551615")
        == "invalid value: integer `18446744073709551615`, expected u32")
    #expect(read("\"1\"") == "invalid type: string \"1\", expected u32")
  }

  @Test("an error on leaving a container stands behind what serde_json consumes there")
  func leaving() throws {
    func column(_ text: String, _ container: JSONReader.Container) throws -> Int {
      var reader = JSONReader(Array(text.utf8))
      if container == .array {
        try reader.beginArray()
        _ = try reader.nextElement()
      } else {
        try reader.beginObject()
        _ = try reader.nextKey()
      }
      try reader.skip()
      return reader.dataError("no variant", leaving: container).column
    }
    #expect(try column("[5]", .array) == 3)
    #expect(try column("[5 ]", .array) == 4)
    #expect(try column("[5,  6]", .array) == 5)
    #expect(try column("{\"a\":5 }", .object) == 8)
    #expect(try column("{\"a\":5, \"b\":6}", .object) == 6)
  }

  @Test("the error of a vector's element counts those before it")
  func floatErrors() {
    for (text, index, message) in [
      ("[1,2,\"x\"]", 2, "invalid type: string \"x\", expected f32 at line 1 column 8"),
      ("[null]", 0, "invalid type: null, expected f32 at line 1 column 5"),
      ("[[1]]", 0, "invalid type: sequence, expected f32 at line 1 column 1"),
      ("[1,]", 1, "trailing comma at line 1 column 4"),
      ("[1,01]", 1, "invalid number at line 1 column 5"),
      ("[1,1e400]", 1, "number out of range at line 1 column 8"),
      ("[1,x]", 1, "expected value at line 1 column 4"),
      ("[1", 1, "EOF while parsing a list at line 1 column 2"),
      ("5", 0, "invalid type: integer `5`, expected a sequence at line 1 column 1"),
    ] {
      var reader = JSONReader(Array(text.utf8))
      var floats: [Float] = []
      let error = failure { () throws(JSONError) in _ = try reader.floats(into: &floats) }
      #expect(error?.description == message)
      #expect(floats.count == index)
    }
  }
}
