import Model

/// A substring to look for in many texts, by UTF-8 bytes and case-sensitive.
///
/// Two of its bytes, picked for being rare, are compared against 32 positions at a time, and only where
/// both agree the whole is compared (after W. Muła, "SIMD-friendly algorithms for substring searching").
/// Where that finds too many false candidates, Knuth-Morris-Pratt takes over, so that the time is linear
/// in the length of the text whatever the two are.
struct SubstringSearch: Sendable {
  private let needle: [UInt8]
  /// The places in the needle of the two bytes compared first.
  private let places: (Int, Int)
  /// For each prefix of the needle, the length of its longest proper border.
  private let borders: [Int32]

  init(_ needle: Text) {
    self.init(Array(needle.string.utf8))
  }

  init(_ needle: [UInt8]) {
    self.needle = needle
    places = Self.rarePlaces(needle)
    borders = Self.borders(of: needle)
  }

  /// Whether the substring is somewhere in the text; the empty one is in every text.
  func occurs(in text: Text) -> Bool {
    text.withUTF8 { occurs(in: $0) }
  }

  func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool { firstPlace(in: text) != nil }

  /// Where the substring begins for the first time; nil if it is not there.
  func firstPlace(in text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard !needle.isEmpty else { return 0 }
    guard needle.count <= text.count else { return nil }
    return needle.withUnsafeBufferPointer { search(for: $0, in: text) }
  }

  private func search(
    for needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    let last = text.count - needle.count
    let bytes = UnsafeRawBufferPointer(text)
    let first = SIMD32(repeating: needle[places.0])
    let second = SIMD32(repeating: needle[places.1])
    // How many bytes may be compared in vain before the slower, steady way is taken.
    var patience = 1024 &+ text.count &* 4
    var at = 0
    while at &+ 31 <= last {
      let a = bytes.loadUnaligned(fromByteOffset: at &+ places.0, as: SIMD32<UInt8>.self) .== first
      let b = bytes.loadUnaligned(fromByteOffset: at &+ places.1, as: SIMD32<UInt8>.self) .== second
      let both = unsafeBitCast(a .& b, to: SIMD4<UInt64>.self)
      if both[0] | both[1] | both[2] | both[3] != 0 {
        for lane in 0..<32 where a[lane] && b[lane] {
          if Self.equal(needle, text, at: at &+ lane) { return at &+ lane }
          patience &-= needle.count
        }
        guard patience >= 0 else { return steadily(for: needle, in: text, from: at) }
      }
      at &+= 32
    }
    while at <= last {
      if text[at &+ places.0] == needle[places.0], Self.equal(needle, text, at: at) { return at }
      at &+= 1
    }
    return nil
  }

  private static func equal(
    _ needle: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> Bool {
    var at = 0
    while at < needle.count {
      guard needle[at] == text[start &+ at] else { return false }
      at &+= 1
    }
    return true
  }

  private func steadily(
    for needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int? {
    var matched = 0
    for at in start..<text.count {
      while matched > 0 && needle[matched] != text[at] { matched = Int(borders[matched &- 1]) }
      if needle[matched] == text[at] { matched &+= 1 }
      if matched == needle.count { return at &+ 1 &- matched }
    }
    return nil
  }

  private static func borders(of needle: [UInt8]) -> [Int32] {
    var borders = [Int32](repeating: 0, count: needle.count)
    var length = 0
    for at in needle.indices.dropFirst() {
      while length > 0 && needle[length] != needle[at] { length = Int(borders[length - 1]) }
      if needle[length] == needle[at] { length += 1 }
      borders[at] = Int32(truncatingIfNeeded: length)
    }
    return borders
  }

  /// The places of the rarest and the next rarest byte; the same place twice in a needle of one byte.
  private static func rarePlaces(_ needle: [UInt8]) -> (Int, Int) {
    // A long needle's beginning is as good as the whole.
    let ranked = needle.prefix(64).enumerated()
      .sorted { (commonness($0.element), $0.offset) < (commonness($1.element), $1.offset) }
    guard let first = ranked.first else { return (0, 0) }
    let second = ranked.first { $0.element != first.element } ?? ranked.last ?? first
    return (first.offset, second.offset)
  }

  /// A rough rank of how often a byte comes in text.
  private static func commonness(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: " "), 0xc2...0xff: 5
    case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "o"),
      UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "s"), UInt8(ascii: "r"):
      4
    case UInt8(ascii: "j"), UInt8(ascii: "k"), UInt8(ascii: "q"), UInt8(ascii: "x"),
      UInt8(ascii: "z"):
      1
    case UInt8(ascii: "a")...UInt8(ascii: "z"): 3
    case 0x80...0xbf: 2
    case UInt8(ascii: "0")...UInt8(ascii: "9"): 1
    default: 0
    }
  }
}
