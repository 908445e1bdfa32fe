/// A 128-bit identifier, written as a UUID: collections, databases, writers and puts have one.
package struct UniqueID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// All zeros: the id of Chroma's default database.
  package static let zero = UniqueID(high: 0, low: 0)

  /// A random UUID, version 4 (RFC 9562, section 5.4).
  package static func random(from source: any RandomSource) -> UniqueID {
    let high = source.next() & 0xffff_ffff_ffff_0fff | 0x0000_0000_0000_4000
    let low = source.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
    return UniqueID(high: high, low: low)
  }

  /// Reads 32 hexadecimal digits in either case, with dashes at the usual four places or none at all.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    let dashed = bytes.count == 36
    guard dashed || bytes.count == 32 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if dashed && (index == 8 || index == 13 || index == 18 || index == 23) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      if digits < 16 {
        words.0 = words.0 << 4 | UInt64(digit)
      } else {
        words.1 = words.1 << 4 | UInt64(digit)
      }
      digits += 1
    }
    guard digits == 32 else { return nil }
    self.init(high: words.0, low: words.1)
  }

  /// Lower-case, dashed: `00000000-0000-4000-8000-000000000000`.
  package var description: String {
    let hex: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: 36) { buffer in
      var at = 0
      for digit in 0..<32 {
        if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
          buffer[at] = UInt8(ascii: "-")
          at += 1
        }
        let word = digit < 16 ? high : low
        let shift = UInt64((15 - digit % 16) * 4)
        buffer[at] = hex.utf8Start[Int(word >> shift & 0xf)]
        at += 1
      }
      return at
    }
  }

  package static func < (a: UniqueID, b: UniqueID) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }
}
