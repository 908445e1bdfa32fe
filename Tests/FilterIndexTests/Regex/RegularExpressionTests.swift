import FilterIndex
import Model
import Testing

@Suite("regular expressions")
struct RegularExpressionTests {
  struct Case: CustomTestStringConvertible {
    let pattern: String
    let text: String
    let matches: Bool

    init(_ pattern: String, _ text: String, _ matches: Bool) {
      self.pattern = pattern
      self.text = text
      self.matches = matches
    }

    var testDescription: String { "\(pattern) on \(text)" }
  }

  static let syntax: [Case] = [
    // Anywhere in the text, and the empty pattern everywhere.
    Case("", "", true), Case("", "a", true), Case("b", "abc", true), Case("d", "abc", false),
    // Escapes.
    Case(#"\."#, "a", false), Case(#"\."#, ".", true), Case(#"\x41"#, "A", true),
    Case(#"\x{1F600}"#, "😀", true), Case(#"\u00e9"#, "é", true), Case(#"\U0001F600"#, "😀", true),
    Case(#"\t\n\r\v\f\a"#, "\t\n\r\u{b}\u{c}\u{7}", true), Case(#"\%\_\\"#, "%_\\", true),
    // Dot.
    Case("a.c", "a\nc", false), Case("(?s)a.c", "a\nc", true), Case("^.$", "漢", true),
    Case("(?R)a.c", "a\rc", false), Case("a.c", "a\rc", true),
    // Classes.
    Case("^[a-cx]+$", "abcx", true), Case("^[^a-c]$", "b", false), Case("[^a]", "é", true),
    Case("[]a]", "]", true), Case("[^]a]", "]", false), Case("[a-]", "-", true),
    Case("^[a-z&&[^aeiou]]+$", "xyz", true), Case("[a-z&&[^aeiou]]", "e", false),
    Case("^[a-z--m]+$", "m", false), Case("[a-g~~e-k]", "f", false), Case("[a-g~~e-k]", "h", true),
    Case("[[:alpha:]]", "é", false), Case("[[:^alpha:]]", "é", true),
    Case("[[:punct:]]", "~", true),
    Case(#"[\d\s]"#, "٣", true), Case(#"[^\W\d]"#, "7", false), Case("[a&&b]", "a", false),
    // Unicode by default.
    Case(#"^\w+$"#, "naïve漢字", true), Case(#"(?-u)^\w+$"#, "naïve", false),
    Case(#"\d"#, "٣", true), Case(#"(?-u)\d"#, "٣", false), Case(#"\s"#, "\u{2003}", true),
    Case(#"\p{Greek}"#, "λ", true), Case(#"\p{Greek}"#, "l", false), Case(#"\PL"#, "l", false),
    Case(#"\p{sc=Han}\p{scx:Hira}"#, "漢ー", true), Case(#"\p{gc!=Lu}"#, "A", false),
    Case(#"\p{Uppercase_Letter}"#, "É", true), Case(#"\p{isalphabetic}"#, "é", true),
    Case(#"\p{Emoji}"#, "😀", true), Case(#"\p{age=3.0}"#, "€", true),
    Case(#"\p{age=3.0}"#, "😀", false), Case(#"\p{Lowercase}"#, "ª", true),
    // Case.
    Case("(?i)straße", "STRAẞE", true), Case("(?i)straße", "STRASSE", false),
    Case("(?i)σ", "ς", true), Case("(?i)k", "\u{212a}", true), Case("(?i-u)k", "\u{212a}", false),
    Case("(?i)[^x]", "X", false), Case("(?i)i", "İ", false), Case("(?i)ǆ", "ǅ", true),
    Case("a(?i)b|c", "C", true), Case("(?:(?i)a)b", "AB", false), Case("(?i:a(?-i)b)", "AB", false),
    Case(#"(?i)\p{Lu}"#, "a", true),
    // Anchors.
    Case("^b", "a\nb", false), Case("(?m)^b$", "a\nb\nc", true), Case("(?m)a$", "a\r\n", false),
    Case("(?mR)a$", "a\r\n", true), Case(#"\Aa\z"#, "a\n", false), Case("a$", "a\n", false),
    Case("^$", "", true), Case("(?m)^$", "a\n", true), Case("$^", "", true),
    Case("a^b", "ab", false),
    // Word boundaries.
    Case(#"\bfoo\b"#, "a foo.", true), Case(#"\bfoo\b"#, "éfoo", false),
    Case(#"(?-u:\b)foo"#, "éfoo", true), Case(#"\B"#, "", true), Case(#"\Boo\b"#, "foo", true),
    Case(#"\b"#, "…", false), Case(#"\b{start}a"#, "ba", false), Case(#"a\b{end}"#, "a b", true),
    Case(#"\<foo\>"#, "foo", true), Case(#"\b{start-half}é"#, " é", true),
    Case(#"中\b文"#, "中文", false),
    // Groups and flags.
    Case("(?P<year>\\d{4})-(?<month>\\d\\d)", "on 2024-05", true), Case("(?:ab)+c", "ababc", true),
    Case("(?x) a b # note\n c", "abc", true), Case("(?x)a\\ b[ x ]", "a b ", false),
    Case("(?U)a+", "a", true), Case("(a|ab)(c|bcd)(d*)", "abcd", true),
    // Repetition.
    Case("^a{2,3}$", "aaaa", false), Case("^a{2,3}$", "aaa", true), Case("^a{2}$", "a", false),
    Case("^a{2,}?$", "aaaaa", true), Case("^(?:a{0}b)*$", "bb", true),
    Case("^(?:|a)+$", "aaa", true),
    Case("^(?:a*)*$", "b", false), Case("^a??$", "a", true), Case("x{0}", "", true),
    Case("^(?:ab|cd){3}$", "abcdab", true), Case(#"(?:\b|^){1000000}a"#, "a", true),
  ]

  @Test("the syntax means what it means in Rust", arguments: syntax)
  func meaning(of expected: Case) throws {
    #expect(try Regex.isMatch(expected.pattern, expected.text) == expected.matches)
  }

  @Test("bytes that are not UTF-8 are told from those that are, and do no harm")
  func invalidBytes() throws {
    let expression = try RegularExpression(#"^a[\x{fffd}é]{2}b?$"#)
    for bytes: [UInt8] in [
      [0x61, 0xff, 0x80, 0x62], [0x61, 0xe2, 0x82, 0x62], [0x61, 0xf0, 0x9f],
    ] {
      #expect(bytes.withUnsafeBufferPointer { expression.isMatch($0) })
    }
    let cut: [UInt8] = [0x61, 0xf0]
    #expect(!cut.withUnsafeBufferPointer { expression.isMatch($0) })
  }

  @Test("one expression searches from many tasks at once")
  func concurrentSearches() async throws {
    let expression = try RegularExpression(#"(\w+)\s(\d+)-x?[ab]{3}$"#)
    let count = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<200).count { index in
            let text = Text("word \(index)-" + (index % 2 == task % 2 ? "xaba" : "xabc"))
            return text.withUTF8 { expression.isMatch($0) }
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(count == 800)
  }
}
