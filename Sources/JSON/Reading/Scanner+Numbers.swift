extension Scanner {
  /// A number as it was written: `(negative ? -1 : 1) * mantissa * 10^exponent`.
  struct Decimal {
    var negative: Bool
    var mantissa: UInt64
    var exponent: Int
    /// Without point and exponent.
    var isInteger: Bool
    /// Further digits follow the mantissa's 19: the value is between it and the next mantissa.
    var isTruncated: Bool
    /// Where the text begins, for the conversions that need all of it.
    var start: Int
  }

  /// Consumes a number, from its minus or first digit past its last.
  @inline(__always)
  mutating func decimal() throws(Fault) -> Decimal {
    var decimal = Decimal(
      negative: false, mantissa: 0, exponent: 0, isInteger: true, isTruncated: false, start: at)
    if current == Byte.minus {
      decimal.negative = true
      at &+= 1
    }
    let digitsStart = at
    var mantissa = UInt64(current &- Byte.zero)
    guard mantissa < 10 else { throw missingDigit() }
    at &+= 1
    if mantissa == 0 {
      if Byte.isDigit(current) { throw faultAtNext(.invalidNumber) }
    } else {
      digits(into: &mantissa)
    }
    var digitCount = at &- digitsStart
    if current == Byte.point {
      at &+= 1
      let fractionStart = at
      digits(into: &mantissa)
      let fractionCount = at &- fractionStart
      guard fractionCount > 0 else {
        throw faultAtNext(at < end ? .invalidNumber : .eofInValue)
      }
      decimal.exponent = -fractionCount
      decimal.isInteger = false
      digitCount &+= fractionCount
    }
    decimal.mantissa = mantissa
    if digitCount > 19 { recount(from: digitsStart, &decimal) }
    if current | 0x20 == UInt8(ascii: "e") {
      decimal.isInteger = false
      try exponent(of: &decimal)
    }
    return decimal
  }

  /// Consumes digits; `mantissa` is right modulo 2^64.
  @inline(__always)
  private mutating func digits(into mantissa: inout UInt64) {
    while end &- at >= 8 {
      // Eight at once.
      let word = word(at)
      let high: UInt64 = 0xf0f0_f0f0_f0f0_f0f0
      let shifted = ((word &+ 0x0606_0606_0606_0606) & high) &>> 4
      guard word & high | shifted == 0x3333_3333_3333_3333 else { break }
      let value = Self.eightDigits(word &- 0x3030_3030_3030_3030)
      mantissa = mantissa &* 100_000_000 &+ value
      at &+= 8
    }
    while at < end, Byte.isDigit(bytes[at]) {
      mantissa = mantissa &* 10 &+ UInt64(bytes[at] &- Byte.zero)
      at &+= 1
    }
  }

  /// The value of eight digits, the first in the lowest byte (D. Lemire, Number parsing at a gigabyte per second, 2021,
  /// section 6).
  @inline(__always)
  static func eightDigits(_ digits: UInt64) -> UInt64 {
    let pairs = digits &* 10 &+ digits &>> 8
    return
      ((pairs & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
      &+ ((pairs &>> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001) &>> 32
  }

  /// Takes the mantissa again where it may have overflowed: whole if it fits, else 19 digits of it.
  @inline(never)
  private func recount(from start: Int, _ decimal: inout Decimal) {
    let fractionCount = -decimal.exponent
    var mantissa: UInt64 = 0
    var dropped = 0
    for byte in bytes[start..<at] where byte != Byte.point {
      guard dropped == 0 else {
        dropped += 1
        continue
      }
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- Byte.zero))
      if overflow || carry { dropped = 1 } else { mantissa = sum }
    }
    decimal.mantissa = mantissa
    decimal.exponent = dropped - fractionCount
    decimal.isTruncated = dropped > 0
    if dropped > 0 { decimal.isInteger = false }
  }

  /// Consumes an exponent from its `e`.
  @inline(never)
  private mutating func exponent(of decimal: inout Decimal) throws(Fault) {
    at += 1
    let negative = current == Byte.minus
    if negative || current == Byte.plus { at += 1 }
    guard Byte.isDigit(current) else { throw missingDigit() }
    var value = 0
    while at < end, Byte.isDigit(bytes[at]) {
      at += 1
      value = value * 10 + Int(bytes[at - 1] &- Byte.zero)
      guard value > Int(Int32.max) else { continue }
      if !negative && decimal.mantissa != 0 { throw fault(.numberOutOfRange) }
      // Far outside of any double's range, whatever the mantissa; keeps the product from overflowing.
      value = Int(Int32.max)
    }
    decimal.exponent += negative ? -value : value
  }

  private mutating func missingDigit() -> Fault {
    guard at < end else { return fault(.eofInValue) }
    at += 1
    return fault(.invalidNumber)
  }
}

extension Scanner {
  /// The double nearest to the number that was just consumed, ties to even.
  func double(_ decimal: Decimal) throws(Fault) -> Double {
    let exponent = decimal.exponent
    if decimal.mantissa == 0 { return decimal.negative ? -0.0 : 0 }
    if !decimal.isTruncated, decimal.mantissa <= 1 << 53, abs(exponent) <= 22 {
      // Both operands are exact, so the one rounding is the right one (W. Clinger, 1990).
      let mantissa = Double(decimal.mantissa)
      let magnitude =
        exponent < 0
        ? mantissa / PowersOfTen.exact[-exponent] : mantissa * PowersOfTen.exact[exponent]
      return decimal.negative ? -magnitude : magnitude
    }
    // The grammar was checked, so the standard library takes the text.
    let text = String(decoding: bytes[decimal.start..<at], as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw fault(.numberOutOfRange) }
    return value
  }

  /// The number that was just consumed as serde gives an `f32`: an integer of 64 bits rounded once,
  /// anything else by way of the nearest double. Beyond the range it is infinite.
  @inline(__always)
  func float(_ decimal: Decimal, _ powers: UnsafePointer<Double>) throws(Fault) -> Float {
    let exponent = decimal.exponent
    guard exponent >= -44, exponent <= 44, decimal.mantissa != 0 else {
      return try exactFloat(decimal)
    }
    // At most three roundings, each of half a unit in the double's last place.
    var magnitude = Double(decimal.mantissa)
    if exponent < 0 {
      magnitude /= powers[min(-exponent, 22)]
      if exponent < -22 { magnitude /= powers[-exponent &- 22] }
    } else if exponent > 0 {
      magnitude *= powers[min(exponent, 22)]
      if exponent > 22 { magnitude *= powers[exponent &- 22] }
    }
    guard let float = Self.rounded(magnitude) else { return try exactFloat(decimal) }
    return decimal.negative ? -float : float
  }

  /// The float nearest to a double that is right but for a few units in its last place; nil where these decide.
  @inline(__always)
  static func rounded(_ magnitude: Double) -> Float? {
    // A float drops 29 bits. Unless they are close to the middle, the double's error cannot turn the
    // rounding; subnormal floats drop more and go the exact way.
    let dropped = magnitude.bitPattern & 0x1fff_ffff
    guard dropped &- (0x1000_0000 - 8) > 16, magnitude >= 0x1p-126 else { return nil }
    return Float(magnitude)
  }

  @inline(never)
  private func exactFloat(_ decimal: Decimal) throws(Fault) -> Float {
    if decimal.isInteger, decimal.mantissa != 0, !decimal.negative || decimal.mantissa <= 1 << 63 {
      let float = Float(decimal.mantissa)
      return decimal.negative ? -float : float
    }
    return Float(try double(decimal))
  }
}

enum PowersOfTen {
  /// 10^0 to 10^22, all exact as doubles.
  static let exact: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
