import Model
import Testing

@Suite("Metadata")
struct MetadataTests {
  @Test("entries are sorted by key, and of a key that comes twice the later value stays")
  func sorted() {
    let metadata = Metadata([
      ("b", .int(1)), ("a", .bool(true)), ("b", .string("x")), ("", .float(0)),
    ])
    #expect(metadata.entries.map(\.key) == ["", "a", "b"])
    #expect(metadata["b"] == .string("x"))
    #expect(metadata["c"] == nil)
    #expect(metadata.count == 3)
  }

  @Test("the order in which keys were set does not show")
  func orderIndependent() {
    let pairs: [(Text, MetadataValue)] = (0..<50).map { (Text("k\($0)"), .int(Int64($0))) }
    let source = SeededRandomSource(seed: 1)
    var shuffled = pairs
    for index in shuffled.indices.reversed() {
      shuffled.swapAt(index, Int(source.next(below: UInt64(index + 1))))
    }
    #expect(Metadata(pairs) == Metadata(shuffled))
    #expect(Metadata(pairs).hashValue == Metadata(shuffled).hashValue)
  }

  @Test("a change sets, replaces and removes what it names and leaves the rest")
  func merge() {
    var metadata = Metadata([("keep", .int(1)), ("gone", .int(2)), ("new type", .int(3))])
    metadata.merge(
      MetadataChange([
        .init(key: "gone", value: nil), .init(key: "never there", value: nil),
        .init(key: "new type", value: .strings(["x"])), .init(key: "added", value: .bool(false)),
      ]))
    #expect(
      metadata
        == Metadata([
          ("keep", .int(1)), ("new type", .strings(["x"])), ("added", .bool(false)),
        ]))
    metadata.merge(MetadataChange())
    #expect(metadata.count == 3)
  }

  @Test("of a change that names a key twice the later entry counts")
  func mergeTwice() {
    var metadata = Metadata()
    metadata.merge(
      MetadataChange([.init(key: "a", value: .int(1)), .init(key: "a", value: nil)]))
    #expect(metadata.isEmpty)
  }

  @Test("keys that differ only in how a character is spelled are two keys")
  func spellings() {
    let metadata = Metadata([("\u{e9}", .int(1)), ("e\u{301}", .int(2))])
    #expect(metadata.count == 2)
    #expect(metadata["\u{e9}"] == .int(1))
    #expect(metadata["e\u{301}"] == .int(2))
  }

  @Test("a whole number and a float are different values, and a list counts as its elements' type")
  func types() {
    #expect(MetadataValue.int(1) != .float(1))
    #expect(MetadataValue.ints([]) != .floats([]))
    #expect(MetadataValue.ints([1]).type == MetadataValue.int(1).type)
    #expect(MetadataValue.strings(["a"]).type == .string)
    #expect(MetadataValue.bools([]).isList)
    #expect(!MetadataValue.bool(true).isList)
    #expect(MetadataType.allCases.sorted() == [.bool, .int, .float, .string])
  }
}
