extension Scanner {
  /// A string's place in the text, without its quotes.
  struct StringSlice {
    var range: Range<Int>
    /// False only where every byte is ASCII.
    var mayHaveNonASCII: Bool
    var hasEscapes: Bool
  }

  /// Moves to the next quote, backslash or control character, eight bytes at a time, or to the end.
  /// Returns bits of which bit 7 of some byte is set where a byte passed may not be ASCII.
  @inline(__always)
  mutating func skipPlainBytes() -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var seen: UInt64 = 0
    while end &- at >= 8 {
      let word = word(at)
      let quotes = word ^ (ones &* UInt64(Byte.quote))
      let backslashes = word ^ (ones &* UInt64(Byte.backslash))
      let found =
        ((word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes
          | (backslashes &- ones) & ~backslashes) & highs
      seen |= word
      guard found == 0 else {
        // Borrows reach upwards only, so the lowest mark is a true one.
        at &+= found.trailingZeroBitCount / 8
        return seen
      }
      at &+= 8
    }
    while at < end {
      let byte = bytes[at]
      if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash { break }
      seen |= UInt64(byte)
      at &+= 1
    }
    return seen
  }

  /// Consumes a string without escapes, from its opening quote past its closing one; with escapes,
  /// stops at the first backslash and says so.
  @inline(__always)
  mutating func plainString() throws(Fault) -> StringSlice {
    at &+= 1
    let start = at
    let seen = skipPlainBytes()
    guard at < end else { throw fault(.eofInString) }
    let slice = StringSlice(
      range: start..<at, mayHaveNonASCII: seen & 0x8080_8080_8080_8080 != 0, hasEscapes: false)
    switch bytes[at] {
    case Byte.quote:
      at &+= 1
      return slice
    case Byte.backslash:
      return StringSlice(range: slice.range, mayHaveNonASCII: true, hasEscapes: true)
    default:
      at &+= 1
      throw fault(.controlCharacter)
    }
  }

  /// Decodes the rest of a string into `decoded`, from its first backslash past its closing quote.
  mutating func escapedString(into decoded: inout [UInt8]) throws(Fault) {
    while true {
      let start = at
      _ = skipPlainBytes()
      decoded.append(contentsOf: bytes[start..<at])
      guard at < end else { throw fault(.eofInString) }
      at += 1
      switch bytes[at - 1] {
      case Byte.quote: return
      case Byte.backslash: try escape(into: &decoded)
      default: throw fault(.controlCharacter)
      }
    }
  }

  /// Decodes one escape, whose backslash was consumed.
  private mutating func escape(into decoded: inout [UInt8]) throws(Fault) {
    guard at < end else { throw fault(.eofInString) }
    at += 1
    switch bytes[at - 1] {
    case Byte.quote: decoded.append(Byte.quote)
    case Byte.backslash: decoded.append(Byte.backslash)
    case UInt8(ascii: "/"): decoded.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0c)
    case UInt8(ascii: "n"): decoded.append(0x0a)
    case UInt8(ascii: "r"): decoded.append(0x0d)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): decoded.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw fault(.invalidEscape)
    }
  }

  /// The scalar of one `\uXXXX`, or of two that form a surrogate pair, after the first `\u`.
  private mutating func unicodeEscape() throws(Fault) -> Unicode.Scalar {
    let first = try hexEscape()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00 else { throw fault(.loneSurrogate) }
    for expected in [Byte.backslash, UInt8(ascii: "u")] {
      guard at < end else { throw fault(.eofInString) }
      at += 1
      guard bytes[at - 1] == expected else { throw fault(.unexpectedEndOfHexEscape) }
    }
    let second = try hexEscape()
    guard second >= 0xdc00, second <= 0xdfff,
      let scalar = Unicode.Scalar(
        0x1_0000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff)))
    else { throw fault(.loneSurrogate) }
    return scalar
  }

  /// Four hexadecimal digits.
  mutating func hexEscape() throws(Fault) -> UInt16 {
    guard end - at >= 4 else {
      at = end
      throw fault(.eofInString)
    }
    var value: UInt16 = 0
    var valid = true
    for index in at..<at + 4 {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default:
        digit = 0
        valid = false
      }
      value = value << 4 | UInt16(digit)
    }
    at += 4
    guard valid else { throw fault(.invalidEscape) }
    return value
  }

  /// Consumes a string that nobody wants, from its opening quote past its closing one. Like
  /// serde_json it accepts lone surrogates and invalid UTF-8 there.
  mutating func ignoreString() throws(Fault) {
    at += 1
    while true {
      _ = skipPlainBytes()
      guard at < end else { throw fault(.eofInString) }
      switch bytes[at] {
      case Byte.quote:
        at += 1
        return
      case Byte.backslash:
        at += 1
        guard at < end else { throw fault(.eofInString) }
        at += 1
        switch bytes[at - 1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"),
          UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
          break
        case UInt8(ascii: "u"): _ = try hexEscape()
        default: throw fault(.invalidEscape)
        }
      default: throw fault(.controlCharacter)
      }
    }
  }
}
