extension Scanner {
  /// Consumes a number as embeddings mostly have them, one digit before the point and up to 16 behind it, followed by a
  /// comma or the array's end: without a branch that depends on how many digits there are.
  ///
  /// - Returns: What `float` makes of it; nil, and nothing is consumed, where the number is of another kind or
  ///   `float` has to look closer.
  @inline(__always)
  mutating func shortFloat(_ powers: UnsafePointer<Double>) -> Float? {
    guard end &- at >= Self.shortMax, let text = bytes.baseAddress.map({ $0 + at }) else {
      return nil
    }
    let isNegative = text[0] == Byte.minus
    let start = isNegative ? 1 : 0
    let whole = text[start] &- Byte.zero
    guard whole < 10, text[start &+ 1] == Byte.point else { return nil }
    let fraction = at &+ start &+ 2
    let (first, second) = (word(fraction) ^ Self.zeros, word(fraction &+ 8) ^ Self.zeros)
    let firstCount = Self.digitCount(first)
    // Nothing where the first word ends the number.
    let secondCount = Self.digitCount(second) & -(firstCount &>> 3)
    let count = firstCount &+ secondCount
    let next = text[start &+ 2 &+ count]
    guard count > 0, next == Byte.comma || next == Byte.closeBracket else { return nil }
    // Four roundings at most; most numbers are so short that nothing is rounded but the quotient.
    var digits = Self.value(first, firstCount) * powers[secondCount]
    digits += Self.value(second, secondCount)
    if whole > 0 { digits += Double(whole) * powers[count] }
    let magnitude = digits / powers[count]
    guard let float = Self.rounded(magnitude) else { return nil }
    at = fraction &+ count
    return Float(bitPattern: float.bitPattern | UInt32(truncatingIfNeeded: start) &<< 31)
  }

  /// Minus, digit, point, 16 digits and what follows them.
  private static let shortMax = 20
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
