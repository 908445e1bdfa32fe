extension RegexParser {
  /// Reads an escape sequence, from its backslash on.
  mutating func parseEscape() throws(RegexFailure) -> SyntaxNode {
    let start = at
    advance()
    guard let scalar = current else { throw RegexFailure(.escapeAtEnd, start..<at) }
    switch scalar {
    case "0"..."9": throw RegexFailure(.backreference, start..<at + 1)
    case "x": return try parseHex(from: start, digits: 2)
    case "u": return try parseHex(from: start, digits: 4)
    case "U": return try parseHex(from: start, digits: 8)
    case "p", "P": return try parseProperty(from: start, negated: scalar == "P")
    default: break
    }
    advance()
    let span = start..<at
    if let perl = Self.perl(scalar) { return SyntaxNode(span: span, kind: perl) }
    if let literal = Self.literal(escaped: scalar) {
      return SyntaxNode(span: span, kind: .literal(SyntaxLiteral(span: span, scalar: literal)))
    }
    switch scalar {
    case "A": return SyntaxNode(span: span, kind: .assertion(.startText))
    case "z": return SyntaxNode(span: span, kind: .assertion(.endText))
    case "B": return SyntaxNode(span: span, kind: .assertion(.notWordBoundary))
    case "<": return SyntaxNode(span: span, kind: .assertion(.wordStart))
    case ">": return SyntaxNode(span: span, kind: .assertion(.wordEnd))
    case "b":
      let special = current == "{" ? try parseWordBoundary(from: start) : nil
      return SyntaxNode(span: start..<at, kind: .assertion(special ?? .wordBoundary))
    default: throw RegexFailure(.escapeUnrecognized, span)
    }
  }

  private static func perl(_ scalar: Unicode.Scalar) -> SyntaxNode.Kind? {
    switch scalar {
    case "d": .perl(.digit, negated: false)
    case "D": .perl(.digit, negated: true)
    case "s": .perl(.space, negated: false)
    case "S": .perl(.space, negated: true)
    case "w": .perl(.word, negated: false)
    case "W": .perl(.word, negated: true)
    default: nil
    }
  }

  private static func literal(escaped scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "a": "\u{07}"
    case "f": "\u{0c}"
    case "t": "\t"
    case "n": "\n"
    case "r": "\r"
    case "v": "\u{0b}"
    case "<", ">", "0"..."9", "A"..."Z", "a"..."z": nil
    default: scalar.isASCII ? scalar : nil
    }
  }

  /// Reads what follows `\x`, `\u` or `\U`: so many digits, or any number of them in braces.
  private mutating func parseHex(
    from start: Int, digits: Int
  ) throws(RegexFailure) -> SyntaxNode {
    guard advanceOverSpace() else { throw RegexFailure(.escapeAtEnd, at..<at) }
    let braced = current == "{"
    let (value, span) = braced ? try parseBracedHex() : try parseHexDigits(digits)
    guard let value, let scalar = Unicode.Scalar(value) else {
      throw RegexFailure(.hexInvalid, span)
    }
    let literal = SyntaxLiteral(
      span: start..<span.upperBound, scalar: scalar, isByte: digits == 2 && !braced)
    return SyntaxNode(span: literal.span, kind: .literal(literal))
  }

  private mutating func parseHexDigits(
    _ digits: Int
  ) throws(RegexFailure) -> (UInt32?, Range<Int>) {
    let start = at
    var value: UInt32 = 0
    for index in 0..<digits {
      if index > 0 {
        guard advanceOverSpace() else { throw RegexFailure(.escapeAtEnd, at..<at) }
      }
      // Eight digits fill the word exactly.
      value = value << 4 | (try parseHexDigit())
    }
    advanceOverSpace()
    return (value, start..<at)
  }

  private mutating func parseBracedHex() throws(RegexFailure) -> (UInt32?, Range<Int>) {
    let brace = at
    var value: UInt32? = 0
    var isEmpty = true
    while advanceOverSpace(), current != "}" {
      let digit = try parseHexDigit()
      value = value.flatMap { $0 >> 28 == 0 ? $0 << 4 | digit : nil }
      isEmpty = false
    }
    guard !isAtEnd else { throw RegexFailure(.escapeAtEnd, brace..<at) }
    let end = at
    advanceOverSpace()
    guard !isEmpty else { throw RegexFailure(.hexEmpty, brace..<at) }
    guard let value, Unicode.Scalar(value) != nil else {
      throw RegexFailure(.hexInvalid, brace + 1..<end)
    }
    return (value, brace + 1..<at)
  }

  private func parseHexDigit() throws(RegexFailure) -> UInt32 {
    guard let scalar = current, scalar.isASCII,
      let digit = Character(scalar).hexDigitValue
    else { throw RegexFailure(.hexDigitInvalid, here) }
    return UInt32(digit)
  }

  /// Reads `\pL` or `\p{...}` from the letter after the backslash on.
  private mutating func parseProperty(
    from start: Int, negated: Bool
  ) throws(RegexFailure) -> SyntaxNode {
    guard advanceOverSpace() else { throw RegexFailure(.escapeAtEnd, at..<at) }
    guard current == "{" else {
      guard let letter = current, letter != "\\" else {
        throw RegexFailure(.propertyInvalid, here)
      }
      advanceOverSpace()
      return SyntaxNode(
        span: start..<at, kind: .property(.name(String(Character(letter))), negated: negated))
    }
    var name: [Unicode.Scalar] = []
    while advanceOverSpace(), let scalar = current, scalar != "}" { name.append(scalar) }
    guard !isAtEnd else { throw RegexFailure(.escapeAtEnd, at..<at) }
    advance()
    let (query, differs) = Self.query(name)
    return SyntaxNode(span: start..<at, kind: .property(query, negated: negated != differs))
  }

  /// Splits `name!=value`, `name:value` or `name=value`.
  private static func query(_ text: [Unicode.Scalar]) -> (PropertyQuery, differs: Bool) {
    func string(_ part: some Sequence<Unicode.Scalar>) -> String {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: part)
      return String(view)
    }
    if let at = text.indices.dropLast().first(where: { text[$0] == "!" && text[$0 + 1] == "=" }) {
      return (.value(property: string(text[..<at]), string(text[(at + 2)...])), true)
    }
    if let at = text.firstIndex(of: ":") ?? text.firstIndex(of: "=") {
      return (.value(property: string(text[..<at]), string(text[(at + 1)...])), false)
    }
    return (.name(string(text)), false)
  }

  /// Reads `{start}` and its like after `\b`; nil, without having moved, if it is a repetition.
  private mutating func parseWordBoundary(
    from start: Int
  ) throws(RegexFailure) -> AssertionSyntax? {
    func isName(_ scalar: Unicode.Scalar) -> Bool {
      ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar) || scalar == "-"
    }
    let brace = at
    guard advanceOverSpace() else { throw RegexFailure(.wordBoundaryAtEnd, start..<at) }
    let content = at
    guard let first = current, isName(first) else {
      at = brace
      return nil
    }
    var name = ""
    while let scalar = current, isName(scalar) {
      name.unicodeScalars.append(scalar)
      advanceOverSpace()
    }
    guard current == "}" else { throw RegexFailure(.wordBoundaryUnclosed, brace..<at) }
    let end = at
    advance()
    switch name {
    case "start": return .wordStart
    case "end": return .wordEnd
    case "start-half": return .wordStartHalf
    case "end-half": return .wordEndHalf
    default: throw RegexFailure(.wordBoundaryUnrecognized, content..<end)
    }
  }
}
