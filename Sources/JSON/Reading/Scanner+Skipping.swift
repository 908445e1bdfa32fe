extension Scanner {
  /// Consumes one value, which is checked but for the contents of strings and the size of numbers; the
  /// stack of open containers is on the heap, so that no nesting can exhaust the thread's.
  mutating func ignoreValue() throws(Fault) {
    var openers: [UInt8] = []
    repeat {
      if try ignoreScalarOrOpen(&openers) { continue }
      try closeFinished(&openers)
    } while !openers.isEmpty
  }

  /// Consumes a scalar and returns false, or an opening byte and, unless its container is empty, what
  /// leads to its first value, and returns true.
  private mutating func ignoreScalarOrOpen(_ openers: inout [UInt8]) throws(Fault) -> Bool {
    let byte = skipWhitespace()
    guard at < end else { throw faultAtNext(.eofInValue) }
    switch byte {
    case UInt8(ascii: "n"): try identifier("ull")
    case UInt8(ascii: "t"): try identifier("rue")
    case UInt8(ascii: "f"): try identifier("alse")
    case Byte.minus, Byte.zero...Byte.nine: try ignoreNumber()
    case Byte.quote: try ignoreString()
    case Byte.openBracket, Byte.openBrace:
      at += 1
      let isObject = byte == Byte.openBrace
      let next = skipWhitespace()
      guard at < end else { throw faultAtNext(isObject ? .eofInObject : .eofInList) }
      if next == (isObject ? Byte.closeBrace : Byte.closeBracket) {
        at += 1
        return false
      }
      openers.append(byte)
      if isObject { try ignoreKey() }
      return true
    default: throw faultAtNext(.expectedValue)
    }
    return false
  }

  /// After a value: consumes the comma before the next one, and the ends of containers before it.
  private mutating func closeFinished(_ openers: inout [UInt8]) throws(Fault) {
    while let opener = openers.last {
      let isObject = opener == Byte.openBrace
      let byte = skipWhitespace()
      guard at < end else { throw faultAtNext(isObject ? .eofInObject : .eofInList) }
      if byte == Byte.comma {
        at += 1
        if isObject { try ignoreKey() }
        return
      }
      guard byte == (isObject ? Byte.closeBrace : Byte.closeBracket) else {
        throw faultAtNext(isObject ? .expectedObjectCommaOrEnd : .expectedListCommaOrEnd)
      }
      at += 1
      openers.removeLast()
    }
  }

  private mutating func ignoreKey() throws(Fault) {
    let quote = skipWhitespace()
    guard at < end else { throw faultAtNext(.eofInObject) }
    guard quote == Byte.quote else { throw faultAtNext(.keyMustBeString) }
    try ignoreString()
    let colon = skipWhitespace()
    guard at < end else { throw faultAtNext(.eofInObject) }
    guard colon == Byte.colon else { throw faultAtNext(.expectedColon) }
    at += 1
  }

  private mutating func ignoreNumber() throws(Fault) {
    if current == Byte.minus { at += 1 }
    let first = current
    guard Byte.isDigit(first) else { throw unexpectedInNumber() }
    at += 1
    if first == Byte.zero {
      if Byte.isDigit(current) { throw faultAtNext(.invalidNumber) }
    } else {
      ignoreDigits()
    }
    if current == Byte.point {
      at += 1
      guard Byte.isDigit(current) else { throw faultAtNext(.invalidNumber) }
      ignoreDigits()
    }
    if current | 0x20 == UInt8(ascii: "e") {
      at += 1
      if current == Byte.minus || current == Byte.plus { at += 1 }
      guard Byte.isDigit(current) else { throw unexpectedInNumber() }
      ignoreDigits()
    }
  }

  /// Where serde_json ignores a number it calls a missing digit invalid even at the end of the text.
  private mutating func unexpectedInNumber() -> Fault {
    if at < end { at += 1 }
    return fault(.invalidNumber)
  }

  private mutating func ignoreDigits() {
    while at < end, Byte.isDigit(bytes[at]) { at &+= 1 }
  }
}
