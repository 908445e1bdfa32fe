import FilterIndex
import Model
import Synchronization
import Testing

@Suite("Text index") struct TextIndexTests {
  /// Documents in memory with an index.
  struct Rows: FilterableRows {
    let documents: [String?]
    let metadataIndex: MetadataIndex
    let words: TextIndex?
    let wordRows: ByteRegion
    /// How often documents were looked at.
    let reads = Counter()

    init(_ documents: [String?], seed: UInt64 = 1, isIndexed: Bool = true) throws {
      self.documents = documents
      var metadata = MetadataIndexBuilder()
      var text = TextIndexBuilder(seed: seed)
      for document in documents {
        metadata.append(Metadata())
        if let document { Text(document).withUTF8 { text.append($0) } } else { text.append(nil) }
      }
      metadataIndex = try MetadataIndex(
        ByteRegion(copying: metadata.finish()), rowCount: documents.count)
      let sections = try #require(text.finish())
      words =
        isIndexed
        ? try TextIndex(ByteRegion(copying: sections.words), rowCount: documents.count) : nil
      wordRows = ByteRegion(copying: sections.rows)
    }

    var rowCount: Int { documents.count }
    func uri(_ row: Int) -> Text? { nil }

    func textBounds(
      _ pattern: TextPattern, among candidates: RowSet
    ) async throws(BinaryError) -> RowBounds? {
      guard let plan = try words?.plan(for: pattern) else { return nil }
      return plan.bounds(plan.ranges.compactMap { wordRows.slice($0) })
    }

    func forEachDocument(
      in rows: RowSet, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
    ) async throws(BinaryError) {
      for row in rows {
        reads.add(1)
        if let document = documents[row] {
          Text(document).withUTF8 { body(row, $0) }
        } else {
          body(row, nil)
        }
      }
    }

    /// The rows that the index leaves and those that are right.
    func check(_ filter: Filter) async throws -> (bounds: RowBounds, right: RowSet) {
      let compiled = try CompiledFilter(filter)
      let all = RowSet(count: rowCount, filledWith: true)
      let bounds = try await compiled.bounds(of: self, among: all)
      #expect(reads.value == 0)
      let found = try await compiled.rows(of: self, among: all)
      let undecided = bounds.undecided.memberCount
      #expect(reads.value == undecided)
      var right = RowSet(count: rowCount, filledWith: false)
      for (row, document) in documents.enumerated() {
        right[row] = compiled.matches(
          metadata: Metadata(), document: document.map { Text($0) }, uri: nil)
      }
      #expect(found == right)
      #expect(bounds.certain.subtracting(right).isEmpty)
      #expect(right.subtracting(bounds.possible).isEmpty)
      return (bounds, right)
    }
  }

  private static let documents: [String?] = [
    "the water is cold", "Underwater caves", nil, "(the) end", "", "watery the\nend", "日本の水は冷たい",
    "x\u{0}y", String(repeating: "ab", count: 40) + " water" + String(repeating: "z", count: 50),
    "naïve café", "na\u{ef}", "snake_case and CamelCase", "e", "\u{1F600}\u{1F600} smile",
    "สวัสดีชาวโลก",
  ]

  private static func contains(_ text: String) -> Filter {
    .documentContains(Text(text), negated: false)
  }

  @Test(
    "finds what the documents contain, and what they do not",
    arguments: [
      "water", "the", " the ", "the ", " the", "Under", "e", "er", "end", "水", "本の水", "日本", "冷 た",
      "x\u{0}y",
      "\u{0}", "abab", "zzzz", "bab water", "wat", "ater is", "é", "caf\u{e9}", "_c", "snake_case",
      "😀", "😀 smile",
      "\u{1F600}\u{1F600} s", "ชาว", "สวัสดีชาวโลก", "nothing",
      "abababababababababababababababababababab", "  ", "\n", "the\nend",
    ])
  func contained(text: String) async throws {
    let rows = try Rows(Self.documents)
    _ = try await rows.check(Self.contains(text))
    let negated = try Rows(Self.documents)
    _ = try await negated.check(.documentContains(Text(text), negated: true))
    let unindexed = try Rows(Self.documents, isIndexed: false)
    let (bounds, _) = try await unindexed.check(Self.contains(text))
    #expect(bounds.undecided.memberCount == Self.documents.count)
  }

  @Test("a part of a word, and a word alone, are decided without a document, long words apart")
  func decided() async throws {
    for (text, undecided) in [
      ("water", [8]), ("Camel", [8]), ("水", []), ("nothing", [8]), (" the ", [0, 3, 5]),
    ] {
      let (bounds, _) = try await Rows(Self.documents).check(Self.contains(text))
      #expect(Array(bounds.undecided) == undecided, "\(text)")
    }
  }

  @Test("patterns are looked up by what each match contains")
  func patterns() async throws {
    for (pattern, undecided) in [
      ("wat.r", 4), ("water", 1), ("(?i)water", 15), ("[a-z]+", 15), ("under|over", 15),
      ("^the", 4),
      ("\\bsmile$", 2),
    ] {
      let (bounds, _) = try await Rows(Self.documents).check(
        .documentMatches(pattern: Text(pattern), negated: false))
      #expect(bounds.undecided.memberCount == undecided, "\(pattern)")
      _ = try await Rows(Self.documents).check(
        .documentMatches(pattern: Text(pattern), negated: true))
    }
  }

  @Test("random texts: nothing is missed, nothing is invented")
  func random() async throws {
    let seed = TestSeed.value
    var random = TestRandom(seed: seed)
    let alphabet = [
      "a", "b", "ab", "ba", " ", "-", "_", "é", "水", "の", "\u{200B}", "😀", "ก", "А", "\u{2DE0}",
      "7",
    ]
    func text(_ length: Int) -> String {
      (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        .joined()
    }
    for round in 0..<60 {
      let documents = (0..<Int.random(in: 1...150, using: &random)).map { _ -> String? in
        Int.random(in: 0..<10, using: &random) == 0
          ? nil : text(Int.random(in: 0...60, using: &random))
      }
      for _ in 0..<10 {
        let (one, other) = (
          Self.contains(text(Int.random(in: 1...6, using: &random))), Self.contains(text(2))
        )
        let filter: Filter =
          switch Int.random(in: 0..<4, using: &random) {
          case 0: one
          case 1: .all([one, other])
          case 2: .any([one, other])
          default: .all([.any([one, other]), .documentContains(Text(text(1)), negated: true)])
          }
        let rows = try Rows(documents, seed: random.next())
        let compiled = try CompiledFilter(filter)
        let all = RowSet(count: documents.count, filledWith: true)
        let found = Array(try await compiled.rows(of: rows, among: all))
        let right = documents.indices.filter { row in
          compiled.matches(
            metadata: Metadata(), document: documents[row].map { Text($0) }, uri: nil)
        }
        #expect(found == right, "seed \(seed), round \(round), \(filter)")
        let bounds = try await compiled.bounds(of: rows, among: all)
        #expect(
          bounds.certain.allSatisfy { right.contains($0) },
          "seed \(seed), round \(round), \(filter)")
      }
    }
  }

  @Test("frequent words are kept as a bit per row")
  func bitmaps() async throws {
    let documents = (0..<3000).map { "every row\($0 % 100 == 0 ? " hundredth" : "") n\($0)" }
    var text = TextIndexBuilder(seed: 3)
    for document in documents { Text(document).withUTF8 { text.append($0) } }
    let sections = try #require(text.finish())
    // Two words of all rows, a byte for each of the rest.
    #expect(sections.rows.count < 9852)
    let (bounds, right) = try await Rows(documents).check(Self.contains("hundredth"))
    #expect(right.memberCount == 30 && bounds.undecided.isEmpty)
    #expect(try await Rows(documents).check(Self.contains("every row")).right.memberCount == 3000)
    #expect(try await Rows(documents).check(Self.contains("n299")).right.memberCount == 11)
  }

  @Test("the same documents give the same bytes, whatever the seed")
  func deterministic() throws {
    func sections(_ seed: UInt64) -> [[UInt8]] {
      var text = TextIndexBuilder(seed: seed)
      for document in Self.documents {
        if let document { Text(document).withUTF8 { text.append($0) } } else { text.append(nil) }
      }
      return text.finish().map { [$0.words, $0.rows] } ?? []
    }
    #expect(sections(1) == sections(99) && sections(1).count == 2)
  }

  @Test("with too many different words there is no index, and nothing goes wrong")
  func full() throws {
    var text = TextIndexBuilder(seed: 1, wordsMax: 3)
    for document in ["one two", "two three", "three four five", "six"] {
      Text(document).withUTF8 { text.append($0) }
    }
    #expect(text.finish() == nil)
    var fitting = TextIndexBuilder(seed: 1, wordsMax: 3)
    for document in ["one two", "two three"] { Text(document).withUTF8 { fitting.append($0) } }
    #expect(fitting.finish() != nil)
  }

  @Test("damaged bytes are an error or a wrong set, never a crash")
  func damaged() async throws {
    var text = TextIndexBuilder(seed: 1)
    for document in Self.documents { Text(document ?? "").withUTF8 { text.append($0) } }
    let sections = try #require(text.finish())
    let patterns = try ["water", " the ", "the ", " the", "水"].map { text in
      try CompiledFilter(Self.contains(text))
    }
    let seed = TestSeed.value
    var random = TestRandom(seed: seed)
    for _ in 0..<3000 {
      var (words, rows) = (sections.words, sections.rows)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        if Bool.random(using: &random) {
          words[Int.random(in: 0..<words.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        } else {
          rows[Int.random(in: 0..<rows.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      }
      if Bool.random(using: &random) {
        words.removeLast(Int.random(in: 0..<words.count, using: &random))
      }
      guard let index = try? TextIndex(ByteRegion(copying: words), rowCount: Self.documents.count)
      else { continue }
      let damaged = DamagedRows(
        index: index, wordRows: ByteRegion(copying: rows),
        metadataIndex: try Rows([]).metadataIndex)
      for pattern in patterns {
        let all = RowSet(count: Self.documents.count, filledWith: true)
        guard let bounds = try? await pattern.bounds(of: damaged, among: all) else { continue }
        #expect(bounds.possible.count == Self.documents.count, "seed \(seed)")
      }
    }
  }

  private struct DamagedRows: FilterableRows {
    let index: TextIndex
    let wordRows: ByteRegion
    let metadataIndex: MetadataIndex
    var rowCount: Int { index.rowCount }
    func uri(_ row: Int) -> Text? { nil }
    func textBounds(
      _ pattern: TextPattern, among candidates: RowSet
    ) async throws(BinaryError) -> RowBounds? {
      guard let plan = try index.plan(for: pattern) else { return nil }
      return plan.bounds(plan.ranges.compactMap { wordRows.slice($0) })
    }
    func forEachDocument(
      in rows: RowSet, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
    ) async throws(BinaryError) {}
  }
}

final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add(_ more: Int) { count.withLock { $0 += more } }
}
