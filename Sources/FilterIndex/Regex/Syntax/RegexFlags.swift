/// The flags in force at a place of a pattern. Greed is not among them: whether there is a match does not
/// depend on it. Neither is `x`, which ends in the parser.
struct RegexFlags {
  var caseInsensitive = false
  var multiline = false
  var dotMatchesNewline = false
  var unicode = true
  var crlf = false
  var swapsGreed = false

  mutating func apply(_ change: FlagChange) {
    caseInsensitive = change.caseInsensitive ?? caseInsensitive
    multiline = change.multiline ?? multiline
    dotMatchesNewline = change.dotMatchesNewline ?? dotMatchesNewline
    unicode = change.unicode ?? unicode
    crlf = change.crlf ?? crlf
    swapsGreed = change.swapsGreed ?? swapsGreed
  }
}

/// What `(?i-s)` says: nil leaves a flag as it is.
struct FlagChange {
  var caseInsensitive: Bool?
  var multiline: Bool?
  var dotMatchesNewline: Bool?
  var unicode: Bool?
  var crlf: Bool?
  var swapsGreed: Bool?
  var ignoreWhitespace: Bool?

  /// Sets the flag written as `letter`, or returns false if there is none.
  mutating func set(_ letter: Unicode.Scalar, to value: Bool) -> Bool {
    switch letter {
    case "i": caseInsensitive = value
    case "m": multiline = value
    case "s": dotMatchesNewline = value
    case "u": unicode = value
    case "R": crlf = value
    case "x": ignoreWhitespace = value
    case "U": swapsGreed = value
    default: return false
    }
    return true
  }
}
