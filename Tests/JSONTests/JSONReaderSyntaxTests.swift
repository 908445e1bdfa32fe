import JSON
import Model
import Testing

@Suite("JSON syntax")
struct JSONReaderSyntaxTests {
  @Test(
    "a text of RFC 8259 is accepted, read or skipped",
    arguments: [
      "null", "true", "false", "0", "-0", "1", "-1.5e+3", "1E5", "1e-5", "0.1", "\"\"", "[]", "{}",
      " [ 1 , 2 ] ", "\t{\r\n\"a\" : [ { } , [ ] ] }\n", "[[],[[]],{}]", "{\"a\":1,\"a\":2}",
      #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000""#, "\"é€😀\u{7f}\"",
      "{\"\":{\"\":{}}}", "123456789012345678901234567890",
    ])
  func accepted(_ text: String) {
    #expect(readAll(text.utf8) == nil)
    #expect(skipAll(text.utf8) == nil)
  }

  @Test(
    "a malformed text is refused with serde_json's message and place",
    arguments: [
      ("", "EOF while parsing a value at line 1 column 0"),
      (" \n ", "EOF while parsing a value at line 2 column 1"),
      ("[", "EOF while parsing a list at line 1 column 1"),
      ("[1", "EOF while parsing a list at line 1 column 2"),
      ("[1,", "EOF while parsing a value at line 1 column 3"),
      ("{", "EOF while parsing an object at line 1 column 1"),
      ("{\"a\"", "EOF while parsing an object at line 1 column 4"),
      ("{\"a\":", "EOF while parsing a value at line 1 column 5"),
      ("{\"a\":1", "EOF while parsing an object at line 1 column 6"),
      ("\"abc", "EOF while parsing a string at line 1 column 4"),
      ("\"\\", "EOF while parsing a string at line 1 column 2"),
      ("\"\\u12", "EOF while parsing a string at line 1 column 5"),
      ("nul", "EOF while parsing a value at line 1 column 3"),
      ("-", "EOF while parsing a value at line 1 column 1"),
      ("1.", "EOF while parsing a value at line 1 column 2"),
      ("1e", "EOF while parsing a value at line 1 column 2"),
      ("NaN", "expected value at line 1 column 1"),
      ("+1", "expected value at line 1 column 1"),
      (".5", "expected value at line 1 column 1"),
      ("[,]", "expected value at line 1 column 2"),
      ("[\n1,\n,2]", "expected value at line 3 column 1"),
      ("\u{feff}1", "expected value at line 1 column 1"),
      ("nulx", "expected ident at line 1 column 4"),
      ("truE", "expected ident at line 1 column 4"),
      ("[1 2]", "expected `,` or `]` at line 1 column 4"),
      ("{\"a\":1 \"b\":2}", "expected `,` or `}` at line 1 column 8"),
      ("{\"a\" 1}", "expected `:` at line 1 column 6"),
      ("{a:1}", "key must be a string at line 1 column 2"),
      ("{\"a\":1,b}", "key must be a string at line 1 column 8"),
      ("[1,]", "trailing comma at line 1 column 4"),
      ("{\"a\":1,}", "trailing comma at line 1 column 8"),
      ("1 2", "trailing characters at line 1 column 3"),
      ("01", "invalid number at line 1 column 2"),
      ("-x", "invalid number at line 1 column 2"),
      ("1.x", "invalid number at line 1 column 3"),
      ("1e+x", "invalid number at line 1 column 4"),
      ("1e400", "number out of range at line 1 column 5"),
      ("-1e400", "number out of range at line 1 column 6"),
      ("1e99999999999", "number out of range at line 1 column 12"),
      ("\"\\x\"", "invalid escape at line 1 column 3"),
      ("\"\\u12g4\"", "invalid escape at line 1 column 7"),
      ("\"\\ud800\"", "unexpected end of hex escape at line 1 column 8"),
      ("\"\\ud800\\n\"", "unexpected end of hex escape at line 1 column 9"),
      ("\"\\ud800\\u0041\"", "lone leading surrogate in hex escape at line 1 column 13"),
      ("\"\\udc00\"", "lone leading surrogate in hex escape at line 1 column 7"),
      (
        "\"a\u{1}b\"",
        "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 3"
      ),
    ])
  func refused(_ text: String, _ message: String) {
    #expect(readAll(text.utf8)?.description == message)
  }

  @Test("the kind of an error tells a short text from a wrong one")
  func kinds() {
    #expect(readAll("[1".utf8)?.kind == .eof)
    #expect(readAll("[1 2]".utf8)?.kind == .syntax)
    var reader = JSONReader(Array("5".utf8))
    #expect(failure { () throws(JSONError) in _ = try reader.text() }?.kind == .data)
  }

  @Test(
    "invalid UTF-8 in a string is refused",
    arguments: [
      [0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
      [0xc3, 0x5c, 0x6e],
    ] as [[UInt8]])
  func invalidUTF8(_ bytes: [UInt8]) {
    let text = [0x22] + bytes + [0x22]
    #expect(
      readAll(text)?.description
        == "invalid unicode code point at line 1 column \(text.count)")
  }

  @Test("an unread string may hold what a read one may not")
  func skippedStrings() {
    #expect(skipAll("\"\\ud800\"".utf8) == nil)
    #expect(skipAll([0x22, 0xff, 0x22]) == nil)
    #expect(
      skipAll("\"\u{1}\"".utf8)?.description
        == "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 1")
    #expect(skipAll("\"\\x\"".utf8)?.description == "invalid escape at line 1 column 3")
    #expect(skipAll("1e400".utf8) == nil)
    #expect(skipAll("1.".utf8)?.description == "invalid number at line 1 column 2")
    #expect(skipAll("{\"a\":[1,{\"b\":2}]".utf8)?.kind == .eof)
  }

  @Test("containers nest 127 deep and no deeper, unless they are skipped", arguments: [127, 128])
  func depth(_ depth: Int) {
    let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let objects =
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    let expected =
      depth == 127
      ? [nil, nil]
      : ["recursion limit exceeded at line 1 column 128"]
        + ["recursion limit exceeded at line 1 column \(5 * 127 + 1)"]
    #expect([readAll(arrays.utf8)?.description, readAll(objects.utf8)?.description] == expected)
    #expect(skipAll(arrays.utf8) == nil)
    #expect(skipAll(String(repeating: "[", count: 100_000).utf8)?.kind == .eof)
    // Leaving a container makes room again.
    let wide = "[" + repeatElement("[[],{}]", count: 200).joined(separator: ",") + "]"
    #expect(readAll(wide.utf8) == nil)
  }

  @Test("any cut of a text is an error, and any bytes are read without a trap")
  func hostile() {
    let text = Array(#"{"a":[1,2.5,-3e-7,"x\u00e9\ud83d\ude00é",null,true,false,{"b":{}}]}"#.utf8)
    for length in 0..<text.count {
      #expect(readAll(text[..<length]) != nil)
      #expect(skipAll(text[..<length]) != nil)
    }
    let random = seededSource("hostile")
    let alphabet = Array("{}[]:,\"\\u0019.-+eEtrufalsn \n".utf8) + [0x00, 0x01, 0xc3, 0xa9, 0xff]
    for _ in 0..<20_000 {
      var mutated = text
      for _ in 0...random.next(below: 4) {
        let at = Int(random.next(below: UInt64(mutated.count)))
        mutated[at] = alphabet[Int(random.next(below: UInt64(alphabet.count)))]
      }
      // What is read whole is well-formed, so skipping accepts it too.
      if readAll(mutated) == nil { #expect(skipAll(mutated) == nil) }
    }
  }
}
