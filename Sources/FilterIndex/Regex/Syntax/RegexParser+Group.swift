extension RegexParser {
  enum GroupHead {
    /// `(?i)`, all of it.
    case flags(FlagChange)
    /// The opening of a group; the content follows.
    case group(flags: FlagChange?)
  }

  mutating func parseGroupHead() throws(RegexFailure) -> GroupHead {
    let opening = at..<at + 1
    advance()
    skipSpace()
    for prefix in ["?=", "?!", "?<=", "?<!"] where advance(over: prefix) {
      throw RegexFailure(.lookAround, opening.lowerBound..<at)
    }
    let inside = at..<at
    if advance(over: "?P<") || advance(over: "?<") {
      try parseGroupName()
      return .group(flags: nil)
    }
    guard advance(over: "?") else { return .group(flags: nil) }
    guard !isAtEnd else { throw RegexFailure(.groupUnclosed, opening) }
    let (change, isEmpty) = try parseFlags()
    let isOnlyFlags = current == ")"
    advance()
    guard isOnlyFlags else { return .group(flags: change) }
    guard !isEmpty else { throw RegexFailure(.repetitionMissing, inside) }
    return .flags(change)
  }

  private mutating func parseGroupName() throws(RegexFailure) {
    let start = at
    var name = String.UnicodeScalarView()
    while let scalar = current, scalar != ">" {
      guard Self.isNameScalar(scalar, first: at == start) else {
        throw RegexFailure(.groupNameInvalid, here)
      }
      name.append(scalar)
      advance()
    }
    guard !isAtEnd else { throw RegexFailure(.groupNameUnclosed, at..<at) }
    let span = start..<at
    advance()
    guard !span.isEmpty else { throw RegexFailure(.groupNameEmpty, span) }
    // By scalars: two spellings of one character are two names.
    let key = name.map { String($0.value) }.joined(separator: " ")
    if let first = groupNames[key] {
      throw RegexFailure(.groupNameDuplicate, span, other: first)
    }
    groupNames[key] = span
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
    if scalar == "_" || scalar.properties.isAlphabetic { return true }
    guard !first else { return false }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: return true
    default: return scalar == "." || scalar == "[" || scalar == "]"
    }
  }

  /// Reads flags up to `:` or `)`, and says whether there was none.
  private mutating func parseFlags() throws(RegexFailure) -> (FlagChange, isEmpty: Bool) {
    var change = FlagChange()
    var seen: [Unicode.Scalar: Range<Int>] = [:]
    var dangling: Range<Int>?
    while let scalar = current, scalar != ":", scalar != ")" {
      if scalar == "-" {
        dangling = here
        if let first = seen[scalar] {
          throw RegexFailure(.flagRepeatedNegation, here, other: first)
        }
      } else {
        dangling = nil
        guard change.set(scalar, to: seen["-"] == nil) else {
          throw RegexFailure(.flagUnrecognized, here)
        }
        if let first = seen[scalar] { throw RegexFailure(.flagDuplicate, here, other: first) }
      }
      seen[scalar] = here
      guard advance() else { throw RegexFailure(.flagAtEnd, at..<at) }
    }
    if let dangling { throw RegexFailure(.flagDanglingNegation, dangling) }
    return (change, seen.isEmpty)
  }
}
