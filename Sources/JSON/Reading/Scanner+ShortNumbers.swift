extension Scanner {
  /// Consumes a number as embeddings mostly have them, one digit before the point and up to 22 behind it, followed by a
  /// comma or the array's end: with hardly a branch that depends on how many digits there are.
  ///
  /// - Returns: What `float` makes of it; nil, and nothing is consumed, where the number is of another kind or
  ///   `float` has to look closer.
  @inline(__always)
  mutating func shortFloat(_ powers: UnsafePointer<Double>) -> Float? {
    guard end &- at >= Self.shortMax, let text = bytes.baseAddress.map({ $0 + at }) else {
      return nil
    }
    let sign = text[0] == Byte.minus ? 1 : 0
    let whole = text[sign] &- Byte.zero
    guard whole < 10, text[sign &+ 1] == Byte.point else { return nil }
    let fraction = at &+ sign &+ 2
    let (first, second) = (word(fraction) ^ Self.zeros, word(fraction &+ 8) ^ Self.zeros)
    let firstCount = Self.digitCount(first)
    // Nothing where the first word ends the number.
    let secondCount = Self.digitCount(second) & -(firstCount &>> 3)
    var count = firstCount &+ secondCount
    // Seven roundings at most, each of half a unit in the last place; none but the quotient's for short numbers.
    var digits = Self.value(first, firstCount) * powers[secondCount]
    digits += Self.value(second, secondCount)
    if count == 16 {
      // What a float is as a double has 17 digits that count; what is shorter seldom has 16.
      let third = word(fraction &+ 16) ^ Self.zeros
      let thirdCount = Self.digitCount(third)
      digits = digits * powers[thirdCount] + Self.value(third, thirdCount)
      count &+= thirdCount
    }
    let next = text[sign &+ 2 &+ count]
    guard count > 0, count <= 22, next == Byte.comma || next == Byte.closeBracket else {
      return nil
    }
    if whole > 0 { digits += Double(whole) * powers[count] }
    guard let float = Self.rounded(digits / powers[count]) else { return nil }
    at = fraction &+ count
    return Float(bitPattern: float.bitPattern | UInt32(truncatingIfNeeded: sign) &<< 31)
  }

  /// Whether the element of an array that begins here is a number; moves past the comma before it then.
  @inline(__always)
  mutating func skipCommaBeforeNumber() -> Bool {
    guard end &- at >= 2, bytes[at] == Byte.comma else { return false }
    let next = bytes[at &+ 1]
    guard Byte.isDigit(next) || next == Byte.minus else { return false }
    at &+= 1
    return true
  }

  /// Minus, digit, point, 24 bytes for digits and what follows them.
  private static let shortMax = 28
  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// How many bytes are below 10 before the first that is not, of a word read from text and combined with `zeros`.
  @inline(__always)
  private static func digitCount(_ word: UInt64) -> Int {
    let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    let others = ((word & low) &+ 0x7676_7676_7676_7676 | word) & ~low
    return others.trailingZeroBitCount &>> 3
  }

  /// The value of the first `count` digits.
  @inline(__always)
  private static func value(_ digits: UInt64, _ count: Int) -> Double {
    // Zeros in front; twice, as no shift may have 64 places.
    let shift = UInt64(truncatingIfNeeded: (8 &- count) &* 4)
    return Double(Int64(truncatingIfNeeded: eightDigits((digits &<< shift) &<< shift)))
  }
}
