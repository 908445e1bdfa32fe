package import Model

extension JSONReader {
  /// Enters an array; then `while try nextElement()` and one value each.
  package mutating func beginArray(expected: String = "a sequence") throws(JSONError) {
    guard try nextByte() == Byte.openBracket else { throw invalidType(expected: expected) }
    try enter()
  }

  /// Enters an object; then `while let key = try nextKey()` and one value each.
  package mutating func beginObject(expected: String = "a map") throws(JSONError) {
    guard try nextByte() == Byte.openBrace else { throw invalidType(expected: expected) }
    try enter()
  }

  /// Whether another element follows; at the end of the array it is left.
  package mutating func nextElement() throws(JSONError) -> Bool {
    let first = isFirst
    isFirst = false
    let more = try scan { (scanner) throws(Fault) -> Bool in try scanner.nextElement(first) }
    if !more { remainingDepth += 1 }
    return more
  }

  /// The next member's key, or nil at the end of the object, which is left then. Keys come in the order
  /// of the text and may repeat.
  package mutating func nextKey() throws(JSONError) -> Text? {
    let first = isFirst
    isFirst = false
    let key = try scan { (scanner) throws(Fault) -> Text? in
      guard try scanner.nextMember(first) else { return nil }
      return try scanner.text()
    }
    if key == nil { remainingDepth += 1 } else { awaitsColon = true }
    return key
  }

  /// Consumes the colon after a key; without this the value's own read does it, and what is wrong with the
  /// colon seems to be wrong with the value.
  package mutating func colon() throws(JSONError) {
    try scan { (scanner) throws(Fault) in
      let byte = scanner.skipWhitespace()
      guard scanner.at < scanner.end else { throw scanner.faultAtNext(.eofInObject) }
      guard byte == Byte.colon else { throw scanner.faultAtNext(.expectedColon) }
      scanner.at += 1
    }
    awaitsColon = false
  }

  /// Leaves an array of which no more elements are wanted; there must be none.
  package mutating func endArray() throws(JSONError) {
    try scan { (scanner) throws(Fault) in
      let byte = scanner.skipWhitespace()
      guard scanner.at < scanner.end else { throw scanner.faultAtNext(.eofInList) }
      if byte == Byte.closeBracket {
        scanner.at += 1
        return
      }
      guard byte == Byte.comma else { throw scanner.faultAtNext(.trailingCharacters) }
      scanner.at += 1
      let isClosed = scanner.skipWhitespace() == Byte.closeBracket
      throw scanner.faultAtNext(isClosed ? .trailingComma : .trailingCharacters)
    }
    isFirst = false
    remainingDepth += 1
  }

  /// Leaves an object after its one member, as serde_json does with the object that stands for a variant of
  /// an enum.
  package mutating func endVariant() throws(JSONError) {
    try scan { (scanner) throws(Fault) in
      let byte = scanner.skipWhitespace()
      guard scanner.at < scanner.end else { throw scanner.fault(.eofInObject) }
      guard byte == Byte.closeBrace else { throw scanner.fault(.expectedValue) }
      scanner.at += 1
    }
    isFirst = false
    remainingDepth += 1
  }

  /// Consumes the next value whole, whatever it is.
  package mutating func skip() throws(JSONError) {
    _ = try nextByte()
    try scan { (scanner) throws(Fault) in try scanner.ignoreValue() }
  }

  /// Enters the container whose opening byte is next.
  mutating func enter() throws(JSONError) {
    remainingDepth -= 1
    guard remainingDepth > 0 else {
      throw located(Fault(code: .recursionLimit, offset: index + 1))
    }
    index += 1
    isFirst = true
  }
}

extension Scanner {
  /// Moves to an array's next element and says whether there is one; else past the bracket.
  @inline(__always)
  mutating func nextElement(_ first: Bool) throws(Fault) -> Bool {
    let byte = skipWhitespace()
    if byte == Byte.closeBracket {
      at &+= 1
      return false
    }
    guard at < end else { throw faultAtNext(.eofInList) }
    if first { return true }
    guard byte == Byte.comma else { throw faultAtNext(.expectedListCommaOrEnd) }
    at &+= 1
    let next = skipWhitespace()
    guard at < end else { throw faultAtNext(.eofInValue) }
    guard next != Byte.closeBracket else { throw faultAtNext(.trailingComma) }
    return true
  }

  /// Moves to the quote of an object's next key and says whether there is one; else past the brace.
  mutating func nextMember(_ first: Bool) throws(Fault) -> Bool {
    var byte = skipWhitespace()
    if byte == Byte.closeBrace {
      at &+= 1
      return false
    }
    guard at < end else { throw faultAtNext(.eofInObject) }
    if !first {
      guard byte == Byte.comma else { throw faultAtNext(.expectedObjectCommaOrEnd) }
      at &+= 1
      byte = skipWhitespace()
      guard at < end else { throw faultAtNext(.eofInValue) }
      guard byte != Byte.closeBrace else { throw faultAtNext(.trailingComma) }
    }
    guard byte == Byte.quote else { throw faultAtNext(.keyMustBeString) }
    return true
  }
}
