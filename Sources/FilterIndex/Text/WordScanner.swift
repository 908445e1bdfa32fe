/// Splits UTF-8 into the units that the text index knows.
///
/// A word is a longest run of letters and digits of scripts that put spaces between words, as far as can be told
/// by ranges of code points; of other scripts (Han, Kana, Thai, ...) each code point is a unit. What lies between
/// is not indexed. Which way a code point goes does not matter for what is found, only for how fast, as long as
/// texts and what is looked for in them are split alike: the ranges are part of the format.
struct WordScanner {
  struct Unit {
    let range: Range<Int>
    /// A code point that is a unit alone.
    let isSingle: Bool
  }

  private enum Class {
    case separator
    case word
    case single
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  /// The next unit; nil at the end.
  mutating func next() -> Unit? {
    let count = bytes.count
    while at < count {
      let start = at
      switch takeClass() {
      case .separator: continue
      case .single: return Unit(range: start..<at, isSingle: true)
      case .word:
        while at < count {
          let end = at
          guard takeClass() == .word else {
            at = end
            break
          }
        }
        return Unit(range: start..<at, isSingle: false)
      }
    }
    return nil
  }

  /// The class of the code point at the place, which is passed over.
  @inline(__always)
  private mutating func takeClass() -> Class {
    let byte = bytes[at]
    at &+= 1
    guard byte >= 0x80 else { return Self.isWordASCII(byte) ? .word : .separator }
    return takeRest(of: byte)
  }

  /// Digits, letters and the underscore.
  @inline(__always)
  private static func isWordASCII(_ byte: UInt8) -> Bool {
    let set: UInt64 = byte < 64 ? 0x03FF_0000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
    return set >> UInt64(byte & 63) & 1 != 0
  }

  private mutating func takeRest(of lead: UInt8) -> Class {
    var value: UInt32
    var rest: Int
    switch lead {
    case 0xC0...0xDF: (value, rest) = (UInt32(lead & 0x1F), 1)
    case 0xE0...0xEF: (value, rest) = (UInt32(lead & 0x0F), 2)
    case 0xF0...0xFF: (value, rest) = (UInt32(lead & 0x07), 3)
    default: return .separator
    }
    while rest > 0, at < bytes.count, bytes[at] & 0xC0 == 0x80 {
      value = value << 6 | UInt32(bytes[at] & 0x3F)
      at &+= 1
      rest &-= 1
    }
    return Self.classOf(value)
  }

  private static func classOf(_ value: UInt32) -> Class {
    switch value {
    // Thai and Lao, Tibetan, Myanmar, Khmer.
    case 0x0E00...0x0FFF, 0x1000...0x109F, 0x1780...0x17FF: .single
    // Signs of Latin-1; punctuation and symbols.
    case 0x0080...0x00BF, 0x2000...0x2BFF, 0x3000...0x303F: .separator
    case 0x00C0...0x2DFF, 0xA000...0xABFF: .word
    default: .single
    }
  }
}
