package import Model

extension JSONReader {
  /// Consumes a `null`; the next value must be one.
  package mutating func null(expected: String = "unit") throws(JSONError) {
    guard try nextByte() == UInt8(ascii: "n") else { throw invalidType(expected: expected) }
    try scan { (scanner) throws(Fault) in try scanner.identifier("ull") }
  }

  /// Consumes the next value if it is `null`, and says whether it was.
  package mutating func nullIfPresent() throws(JSONError) -> Bool {
    guard try nextByte() == UInt8(ascii: "n") else { return false }
    try null()
    return true
  }

  package mutating func bool(expected: String = "a boolean") throws(JSONError) -> Bool {
    switch try nextByte() {
    case UInt8(ascii: "t"):
      try scan { (scanner) throws(Fault) in try scanner.identifier("rue") }
      return true
    case UInt8(ascii: "f"):
      try scan { (scanner) throws(Fault) in try scanner.identifier("alse") }
      return false
    default: throw invalidType(expected: expected)
    }
  }

  package mutating func number(expected: String = "a number") throws(JSONError) -> JSONNumber {
    guard try peek() == .number else { throw invalidType(expected: expected) }
    return try rawNumber().number
  }

  /// A number as a double, the nearest one; integers too.
  package mutating func double(expected: String = "f64") throws(JSONError) -> Double {
    guard try peek() == .number else { throw invalidType(expected: expected) }
    return switch try rawNumber() {
    case .unsigned(let value): Double(value)
    case .negative(let value): Double(value)
    case .float(let value): value
    }
  }

  /// A whole number within `range`, as serde reads one into `u32` (0...4294967295) and the like.
  ///
  /// Errors: `invalid value: integer `-1`, expected u32` outside of the range, `invalid type: ...` for
  /// anything else.
  package mutating func integer(
    in range: ClosedRange<Int64>, expected: String
  ) throws(JSONError) -> Int64 {
    guard try peek() == .number else { throw invalidType(expected: expected) }
    let raw = try rawNumber()
    guard case .int(let value) = raw.number, range.contains(value) else {
      throw outOfRange(raw, expected: expected)
    }
    return value
  }

  /// As `integer(in:expected:)`, for ranges that `Int64` does not hold.
  package mutating func unsignedInteger(expected: String) throws(JSONError) -> UInt64 {
    guard try peek() == .number else { throw invalidType(expected: expected) }
    let raw = try rawNumber()
    guard case .unsigned(let value) = raw else { throw outOfRange(raw, expected: expected) }
    return value
  }

  private func outOfRange(_ number: RawNumber, expected: String) -> JSONError {
    if case .float = number {
      return dataError("invalid type: \(number.described), expected \(expected)")
    }
    return dataError("invalid value: \(number.described), expected \(expected)")
  }

  package mutating func text(expected: String = "a string") throws(JSONError) -> Text {
    guard try nextByte() == Byte.quote else { throw invalidType(expected: expected) }
    return try scan { (scanner) throws(Fault) -> Text in try scanner.text() }
  }

  /// Calls `body` with the UTF-8 bytes of a string, without a copy where it has no escapes.
  package mutating func withStringBytes<R>(
    expected: String = "a string", _ body: (UnsafeBufferPointer<UInt8>) -> R
  ) throws(JSONError) -> R {
    guard try nextByte() == Byte.quote else { throw invalidType(expected: expected) }
    return try scan { (scanner) throws(Fault) -> R in
      let slice = try scanner.plainString()
      if slice.mayHaveNonASCII {
        let text = try scanner.finishText(slice)
        return text.withUTF8(body)
      }
      return body(UnsafeBufferPointer(rebasing: scanner.bytes[slice.range]))
    }
  }

  /// The number at the current place, where a minus or a digit stands.
  mutating func rawNumber() throws(JSONError) -> RawNumber {
    try scan { (scanner) throws(Fault) -> RawNumber in
      let decimal = try scanner.decimal()
      guard decimal.isInteger else { return .float(try scanner.double(decimal)) }
      guard decimal.negative else { return .unsigned(decimal.mantissa) }
      guard decimal.mantissa != 0, decimal.mantissa <= 1 << 63 else {
        return .float(-Double(decimal.mantissa))
      }
      return .negative(Int64(truncatingIfNeeded: 0 &- decimal.mantissa))
    }
  }
}

extension Scanner {
  /// Consumes a string from its opening quote.
  @inline(__always)
  mutating func text() throws(Fault) -> Text {
    try finishText(plainString())
  }

  mutating func finishText(_ slice: StringSlice) throws(Fault) -> Text {
    if slice.hasEscapes {
      var decoded = Array(bytes[slice.range])
      try escapedString(into: &decoded)
      guard let text = Text(utf8: decoded) else { throw fault(.invalidUnicode) }
      return text
    }
    guard let text = Text(utf8: UnsafeBufferPointer(rebasing: bytes[slice.range])) else {
      throw fault(.invalidUnicode)
    }
    return text
  }
}
