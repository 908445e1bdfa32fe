import Model
import Testing

@Suite("Text")
struct TextTests {
  /// "é" as one code point and as two: one character to Swift's String.
  static let composed = Text("caf\u{e9}")
  static let decomposed = Text("cafe\u{301}")

  @Test("two spellings of one character are two texts, though Swift's strings are equal")
  func spellings() {
    #expect(Self.composed.string == Self.decomposed.string)
    #expect(Self.composed != Self.decomposed)
    #expect(Set([Self.composed, Self.decomposed]).count == 2)
    #expect(Self.composed.utf8Count == 5)
    #expect(Self.decomposed.utf8Count == 6)
    #expect(!Self.decomposed.hasPrefix(Self.composed))
    #expect(Self.decomposed.hasPrefix("cafe"))
  }

  @Test("texts with the same bytes are equal and hash alike, however they were made")
  func sameBytes() {
    let built = Text("caf" + String(decoding: [0xc3, 0xa9], as: UTF8.self))
    #expect(built == Self.composed)
    #expect(built.hashValue == Self.composed.hashValue)
    #expect(Text(utf8: [0x63, 0x61, 0x66, 0xc3, 0xa9]) == Self.composed)
  }

  @Test("a byte that differs anywhere makes two texts, and no prefix")
  func everyByte() {
    for count in 0...40 {
      let letters = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      let text = Text(String(decoding: letters, as: UTF8.self))
      let longer = Text(text.string + "x")
      #expect(text == Text(String(decoding: letters, as: UTF8.self)))
      #expect(text != longer && longer.hasPrefix(text) && !text.hasPrefix(longer))
      for at in 0..<count {
        var others = letters
        others[at] = UInt8(ascii: "A")
        let other = Text(String(decoding: others, as: UTF8.self))
        #expect(text != other && !longer.hasPrefix(other))
      }
    }
  }

  @Test("order is that of the bytes, not that of characters or of UTF-16")
  func order() {
    // U+FF5E is EF BD 9E, U+1F600 is F0 9F 98 80, but in UTF-16 the second begins with D83D.
    let ascending: [Text] = [
      "", "\0", "A", "Z", "a", "a\0", "ab", "\u{e9}", "\u{ff5e}", "\u{1f600}",
    ]
    #expect(ascending.shuffled().sorted() == ascending)
    #expect(Self.decomposed < Self.composed)
    #expect(!(Self.composed < Self.composed))
  }

  @Test(
    "bytes that are not UTF-8 are no text",
    arguments: [
      [0x80], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff],
      [0x61, 0xe2, 0x82],
    ] as [[UInt8]])
  func invalid(bytes: [UInt8]) {
    #expect(Text(utf8: bytes) == nil)
  }

  @Test("NUL and the replacement character are ordinary")
  func ordinary() throws {
    let text = try #require(Text(utf8: [0x61, 0, 0xef, 0xbf, 0xbd, 0]))
    #expect(text.utf8Count == 6)
    #expect(text.withUTF8 { Array($0) } == [0x61, 0, 0xef, 0xbf, 0xbd, 0])
    #expect(text != "a")
  }

  @Test("emptiness and prefixes")
  func empty() {
    #expect(Text("").isEmpty)
    #expect(!Text("\u{301}").isEmpty)
    #expect(Text("abc").hasPrefix(""))
    #expect(!Text("").hasPrefix("a"))
  }
}
