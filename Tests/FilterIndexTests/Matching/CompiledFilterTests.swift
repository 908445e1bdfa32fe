import FilterIndex
import Model
import Testing

@Suite("filters")
struct CompiledFilterTests {
  static let metadata = Metadata([
    ("int", .int(3)), ("float", .float(2.5)), ("whole", .float(3)), ("string", .string("b")),
    ("bool", .bool(true)), ("ints", .ints([1, 2])), ("floats", .floats([1.0])),
    ("strings", .strings(["x", "y"])), ("bools", .bools([false])), ("empty", .bools([])),
    ("big", .int(9_007_199_254_740_993)), ("most", .int(.max)), ("zero", .float(-0.0)),
  ])

  static func holds(
    _ filter: Filter, document: Text? = "the quick brown fox", uri: Text? = "s3://a"
  ) throws -> Bool {
    try CompiledFilter(filter).matches(metadata: metadata, document: document, uri: uri)
  }

  struct Case: CustomTestStringConvertible {
    let key: Text
    let comparison: Filter.Comparison
    let holds: Bool

    init(_ key: Text, _ comparison: Filter.Comparison, _ holds: Bool) {
      self.key = key
      self.comparison = comparison
      self.holds = holds
    }

    var testDescription: String { "\(key) \(comparison)" }
  }

  static let comparisons: [Case] = [
    Case("int", .equal(.int(3)), true), Case("int", .equal(.int(4)), false),
    Case("int", .equal(.float(3)), true), Case("whole", .equal(.int(3)), true),
    Case("float", .equal(.float(2.5)), true), Case("string", .equal(.string("b")), true),
    Case("bool", .equal(.bool(true)), true), Case("bool", .equal(.int(1)), false),
    Case("string", .equal(.string("B")), false), Case("int", .equal(.string("3")), false),
    Case("zero", .equal(.int(0)), true), Case("zero", .equal(.float(0)), true),
    // No lossy conversion: 2^53 + 1 is not 2^53, and 2^63 - 1 is not 2^63.
    Case("big", .equal(.float(9_007_199_254_740_992)), false),
    Case("big", .greater(.float(9_007_199_254_740_992)), true),
    Case("big", .lessOrEqual(.float(9_007_199_254_740_992)), false),
    Case("big", .less(.float(9_007_199_254_740_994)), true),
    Case("most", .equal(.float(0x1p63)), false), Case("most", .less(.float(0x1p63)), true),
    Case("most", .greaterOrEqual(.float(0x1p63)), false),
    Case("most", .greater(.float(-.infinity)), true), Case("most", .less(.float(.infinity)), true),
    Case("int", .less(.float(.nan)), false), Case("int", .greater(.float(.nan)), false),
    // A float operand is not cut (Chroma does).
    Case("int", .equal(.float(3.5)), false), Case("int", .less(.float(3.5)), true),
    Case("int", .greaterOrEqual(.float(3.5)), false), Case("int", .greater(.float(2.5)), true),
    Case("int", .isIn([.float(3.7)]), false), Case("int", .notEqual(.float(3.5)), true),
    Case("float", .greater(.int(2)), true), Case("float", .less(.int(3)), true),
    Case("float", .greaterOrEqual(.int(3)), false), Case("float", .lessOrEqual(.int(2)), false),
    Case("string", .less(.int(3)), false), Case("missing", .less(.int(3)), false),
    // Negations hold for missing keys, other types and lists.
    Case("missing", .equal(.int(3)), false), Case("missing", .notEqual(.int(3)), true),
    Case("string", .notEqual(.int(3)), true), Case("ints", .notEqual(.int(1)), true),
    Case("int", .notEqual(.int(3)), false), Case("whole", .notEqual(.int(3)), false),
    Case("missing", .notIn([.int(3)]), true), Case("ints", .notIn([.int(1), .int(2)]), true),
    Case("int", .notIn([.int(2), .int(3)]), false),
    Case("whole", .notIn([.int(2), .int(3)]), false),
    // Scalar tests never hold for lists.
    Case("ints", .equal(.int(1)), false), Case("ints", .isIn([.int(1)]), false),
    Case("ints", .greater(.int(0)), false), Case("strings", .equal(.string("x")), false),
    Case("int", .isIn([.int(1), .int(3)]), true), Case("whole", .isIn([.int(1), .int(3)]), true),
    Case("int", .isIn([.float(1.5), .float(3)]), true),
    Case("zero", .isIn([.int(1), .int(0)]), true),
    Case("float", .isIn([.float(1.5), .float(2.5)]), true),
    Case("big", .isIn([.float(9_007_199_254_740_992), .float(0)]), false),
    Case("string", .isIn([.string("a"), .string("b")]), true),
    Case("string", .isIn([.string("a"), .string("c")]), false),
    Case("bool", .isIn([.bool(false), .bool(true)]), true),
    // Documents and uris are strings under their own keys.
    Case("chroma:document", .equal(.string("the quick brown fox")), true),
    Case("chroma:document", .notEqual(.string("x")), true),
    Case("chroma:uri", .isIn([.string("s3://a"), .string("s3://b")]), true),
    Case("chroma:uri", .equal(.int(1)), false), Case("chroma:other", .equal(.string("x")), false),
  ]

  @Test("a comparison holds or not", arguments: comparisons)
  func comparison(expected: Case) throws {
    let filter = Filter.compare(key: expected.key, expected.comparison)
    #expect(try Self.holds(filter) == expected.holds)
  }

  @Test("a missing document or uri fails a comparison and fulfils its negation")
  func missingDocument() throws {
    for key: Text in ["chroma:document", "chroma:uri"] {
      let equal = Filter.compare(key: key, .equal(.string("x")))
      let differs = Filter.compare(key: key, .notEqual(.string("x")))
      #expect(try !Self.holds(equal, document: nil, uri: nil))
      #expect(try Self.holds(differs, document: nil, uri: nil))
    }
  }

  @Test(
    "a list contains elements of exactly its type",
    arguments: [
      ("ints", .int(1), true), ("ints", .int(3), false), ("ints", .float(1), false),
      ("floats", .float(1), true), ("floats", .int(1), false), ("strings", .string("y"), true),
      ("bools", .bool(false), true), ("bools", .bool(true), false), ("empty", .bool(true), false),
      ("int", .int(3), false), ("missing", .int(3), false),
      ("chroma:document", .string("t"), false),
    ] as [(Text, MetadataScalar, Bool)])
  func lists(key: Text, element: MetadataScalar, contains: Bool) throws {
    for negated in [false, true] {
      let filter = Filter.listContains(key: key, element: element, negated: negated)
      #expect(try Self.holds(filter) == (contains != negated))
    }
  }

  @Test("strings and substrings are compared by bytes, not by looks")
  func bytes() throws {
    let composed: Text = "é"
    let decomposed: Text = "e\u{301}"
    #expect(try !Self.holds(.documentContains(decomposed, negated: false), document: composed))
    #expect(try Self.holds(.documentContains("e", negated: false), document: decomposed))
    let filter = Filter.compare(key: "chroma:document", .equal(.string(composed)))
    #expect(try !Self.holds(filter, document: decomposed))
  }

  @Test(
    "a document contains a substring",
    arguments: [
      ("quick", "the quick", true), ("Quick", "the quick", false), ("", "", true), ("", "a", true),
      ("a", "", false), ("%", "100%", true), ("_", "a", false), ("k", "the quick", true),
      ("\\", "a\\b", true), ("字", "漢字", true), ("the quick!", "the quick", false),
    ] as [(Text, Text, Bool)])
  func substrings(part: Text, document: Text, contains: Bool) throws {
    for negated in [false, true] {
      let filter = Filter.documentContains(part, negated: negated)
      #expect(try Self.holds(filter, document: document) == (contains != negated))
      #expect(try Self.holds(filter, document: nil) == negated)
    }
  }

  @Test("a document matches a pattern; none matches the negation only")
  func patterns() throws {
    for negated in [false, true] {
      let filter = Filter.documentMatches(pattern: "q[a-z]+k", negated: negated)
      #expect(try Self.holds(filter) != negated)
      #expect(try Self.holds(filter, document: nil) == negated)
      let empty = Filter.documentMatches(pattern: "", negated: negated)
      #expect(try Self.holds(empty, document: "") != negated)
    }
    #expect(throws: RegexSyntaxError.self) {
      try CompiledFilter(.any([.all([]), .documentMatches(pattern: "(", negated: false)]))
    }
  }

  @Test("all of nothing holds, any of nothing does not")
  func emptyLists() throws {
    #expect(try Self.holds(.all([])))
    #expect(try !Self.holds(.any([])))
    #expect(try Self.holds(.any([.any([]), .all([])])))
    #expect(try !Self.holds(.all([.any([]), .all([])])))
  }

  @Test("a filter nested as deep as a request may is no trouble")
  func depth() throws {
    var filter = Filter.compare(key: "int", .equal(.int(3)))
    for level in 0..<200 { filter = level % 2 == 0 ? .any([filter, .any([])]) : .all([filter]) }
    #expect(try Self.holds(filter))
  }

  @Test("a filter says what it reads")
  func reads() throws {
    let metadata = try CompiledFilter(.compare(key: "int", .equal(.int(3))))
    #expect(metadata.readsMetadata && !metadata.readsDocument && !metadata.readsURI)
    let uri = try CompiledFilter(.compare(key: "chroma:uri", .equal(.string("a"))))
    // What is no string under that key is metadata.
    #expect(uri.readsMetadata && !uri.readsDocument && uri.readsURI)
    let document = try CompiledFilter(.all([.documentContains("a", negated: true)]))
    #expect(!document.readsMetadata && document.readsDocument && !document.readsURI)
  }
}
