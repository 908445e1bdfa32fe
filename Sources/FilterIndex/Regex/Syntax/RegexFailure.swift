/// What is wrong with a pattern and where, before it is put into words for the person who sent it.
struct RegexFailure: Error {
  enum Kind: Hashable {
    case classEscapeInvalid
    case classRangeInvalid
    case classRangeNotLiteral
    case classUnclosed
    case decimalInvalid
    case hexEmpty
    case hexInvalid
    case hexDigitInvalid
    case escapeAtEnd
    case escapeUnrecognized
    case flagDanglingNegation
    case flagDuplicate
    case flagRepeatedNegation
    case flagAtEnd
    case flagUnrecognized
    case groupNameDuplicate
    case groupNameEmpty
    case groupNameInvalid
    case groupNameUnclosed
    case groupUnclosed
    case groupUnopened
    case nestLimitExceeded(Int)
    case repetitionRangeInvalid
    case repetitionCountEmpty
    case repetitionUnclosed
    case repetitionMissing
    case wordBoundaryUnclosed
    case wordBoundaryUnrecognized
    case wordBoundaryAtEnd
    case propertyInvalid
    case backreference
    case lookAround
    case unicodeNotAllowed
    case invalidUTF8
    case propertyNotFound
    case propertyValueNotFound
  }

  let kind: Kind
  /// Where, in Unicode scalars of the pattern; an empty range points between two of them.
  let span: Range<Int>
  /// The place it clashes with, for duplicates.
  var other: Range<Int>?

  init(_ kind: Kind, _ span: Range<Int>, other: Range<Int>? = nil) {
    self.kind = kind
    self.span = span
    self.other = other
  }
}

extension RegexFailure.Kind: CustomStringConvertible {
  var description: String {
    switch self {
    case .classEscapeInvalid: "invalid escape sequence found in character class"
    case .classRangeInvalid: "invalid character class range, the start must be <= the end"
    case .classRangeNotLiteral: "invalid range boundary, must be a literal"
    case .classUnclosed: "unclosed character class"
    case .decimalInvalid: "decimal literal invalid"
    case .hexEmpty: "hexadecimal literal empty"
    case .hexInvalid: "hexadecimal literal is not a Unicode scalar value"
    case .hexDigitInvalid: "invalid hexadecimal digit"
    case .escapeAtEnd: "incomplete escape sequence, reached end of pattern prematurely"
    case .escapeUnrecognized: "unrecognized escape sequence"
    case .flagDanglingNegation: "dangling flag negation operator"
    case .flagDuplicate: "duplicate flag"
    case .flagRepeatedNegation: "flag negation operator repeated"
    case .flagAtEnd: "expected flag but got end of regex"
    case .flagUnrecognized: "unrecognized flag"
    case .groupNameDuplicate: "duplicate capture group name"
    case .groupNameEmpty: "empty capture group name"
    case .groupNameInvalid: "invalid capture group character"
    case .groupNameUnclosed: "unclosed capture group name"
    case .groupUnclosed: "unclosed group"
    case .groupUnopened: "unopened group"
    case .nestLimitExceeded(let limit):
      "exceed the maximum number of nested parentheses/brackets (\(limit))"
    case .repetitionRangeInvalid: "invalid repetition count range, the start must be <= the end"
    case .repetitionCountEmpty: "repetition quantifier expects a valid decimal"
    case .repetitionUnclosed: "unclosed counted repetition"
    case .repetitionMissing: "repetition operator missing expression"
    case .wordBoundaryUnclosed:
      "special word boundary assertion is either unclosed or contains an invalid character"
    case .wordBoundaryUnrecognized:
      "unrecognized special word boundary assertion, "
        + "valid choices are: start, end, start-half or end-half"
    case .wordBoundaryAtEnd:
      "found either the beginning of a special word boundary or a bounded repetition on a \\b "
        + "with an opening brace, but no closing brace"
    case .propertyInvalid: "invalid Unicode character class"
    case .backreference: "backreferences are not supported"
    case .lookAround: "look-around, including look-ahead and look-behind, is not supported"
    case .unicodeNotAllowed: "Unicode not allowed here"
    case .invalidUTF8: "pattern can match invalid UTF-8"
    case .propertyNotFound: "Unicode property not found"
    case .propertyValueNotFound: "Unicode property value not found"
    }
  }
}
