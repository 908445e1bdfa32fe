import JSON
import Model
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
  @Test("commas and colons come by themselves")
  func structure() {
    let json = written { writer in
      writer.beginObject()
      writer.key("a")
      writer.beginArray()
      writer.endArray()
      writer.key("b" as Text)
      writer.beginArray()
      writer.int(1)
      writer.null()
      writer.bool(true)
      writer.bool(false)
      writer.beginObject()
      writer.endObject()
      writer.raw("[0]".utf8)
      writer.string("x")
      writer.endArray()
      writer.key("c")
      writer.floats([1, -0.5, .nan])
      writer.endObject()
    }
    #expect(json == #"{"a":[],"b":[1,null,true,false,{},[0],"x"],"c":[1.0,-0.5,null]}"#)
  }

  @Test(
    "strings are escaped as serde_json does",
    arguments: [
      ("", #""""#), ("a\"b\\c/d", #""a\"b\\c/d""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#),
      ("\0\u{1}\u{b}\u{1f}\u{7f}", "\"\\u0000\\u0001\\u000b\\u001f\u{7f}\""),
      ("é€😀\u{2028}", "\"é€😀\u{2028}\""),
      ("long enough for a word, then \"", #""long enough for a word, then \"""#),
    ])
  func strings(_ text: String, _ expected: String) {
    #expect(written { $0.string(text) } == expected)
    #expect(written { $0.string(Text(text)) } == expected)
    let bytes = Array(text.utf8)
    #expect(written { json in bytes.withUnsafeBufferPointer { json.string(utf8: $0) } } == expected)
    for kind in 0..<3 {
      let member = written { writer in
        writer.beginObject()
        switch kind {
        case 0: writer.key(Text(text))
        case 1: writer.key(text)
        default: bytes.withUnsafeBufferPointer { writer.key(utf8: $0) }
        }
        writer.null()
        writer.endObject()
      }
      #expect(member == "{\(expected):null}")
    }
  }

  @Test("the text grows from any size, by little and by much")
  func growth() {
    for capacity in [0, 1, 15, 16, 17, 64] {
      var writer = JSONWriter(reservingBytes: capacity)
      var expected = "["
      writer.beginArray()
      for length in [0, 1, 13, 100, 3, 5_000, 7, 20_000] {
        let text = String(repeating: "y", count: length)
        writer.string(text)
        expected += (expected.count > 1 ? "," : "") + "\"\(text)\""
      }
      writer.endArray()
      #expect(writer.count == expected.utf8.count + 1)
      #expect(String(decoding: writer.finish(), as: UTF8.self) == expected + "]")
    }
  }

  @Test(
    "doubles are spelled as serde_json does",
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (0.1, "0.1"), (1e-4, "0.0001"), (1e-5, "0.00001"),
      (1.5e-5, "0.000015"), (9.9e-6, "9.9e-6"), (1e-7, "1e-7"), (1e15, "1000000000000000.0"),
      (9_490_640_865_633_336, "9490640865633336.0"), (1e16, "1e+16"), (1e22, "1e+22"),
      (1.2345678901234568e17, "1.2345678901234568e+17"), (0x1p64, "1.8446744073709552e+19"),
      (1.5e300, "1.5e+300"), (-.leastNonzeroMagnitude, "-5e-324"), (.nan, "null"),
      (.infinity, "null"),
      (123.456, "123.456"),
    ])
  func doubles(_ value: Double, _ expected: String) {
    #expect(written { $0.double(value) } == expected)
  }

  @Test(
    "floats are spelled as serde_json does",
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e-5, "0.00001"), (1e-6, "0.000001"),
      (9.9e-7, "9.9e-7"), (1e-7, "1e-7"), (16_777_216, "16777216.0"), (1e10, "10000000000.0"),
      (9.5e12, "9500000000000.0"), (1e13, "1e+13"), (1.5e13, "1.5e+13"),
      (3.4028235e38, "3.4028235e+38"), (.leastNonzeroMagnitude, "1e-45"), (-.infinity, "null"),
      (0.39999998, "0.39999998"),
    ] as [(Float, String)])
  func floats(_ value: Float, _ expected: String) {
    #expect(written { $0.float(value) } == expected)
    #expect(written { $0.floats([value]) } == "[\(expected)]")
  }

  @Test("integers are written whole")
  func integers() {
    #expect(written { $0.int(Int64.min) } == "-9223372036854775808")
    #expect(written { $0.int(UInt64.max) } == "18446744073709551615")
  }

  @Test("metadata values keep their types")
  func metadata() {
    let json = written { writer in
      writer.beginArray()
      for value: MetadataValue in [
        .bool(true), .int(1), .float(1), .string("s"), .bools([true, false]), .ints([1, 2]),
        .floats([1, 2.5]), .strings(["a", "b"]), .ints([]),
      ] { writer.metadata(value) }
      writer.endArray()
    }
    #expect(json == #"[true,1,1.0,"s",[true,false],[1,2],[1.0,2.5],["a","b"],[]]"#)
  }
}
