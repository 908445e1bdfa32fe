/// Why a JSON text could not be read, spelled and located as serde_json 1.0 does, whose texts Chroma's
/// clients see.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The text is not JSON.
    case syntax
    /// The text ends too early.
    case eof
    /// The text is JSON, but not of the shape that was asked for.
    case data
  }

  package let kind: Kind
  /// Without the position.
  package let message: String
  /// The first line is 1.
  package let line: Int
  /// Bytes of the line that were consumed when the error was seen.
  package let column: Int

  package init(kind: Kind, message: String, line: Int, column: Int) {
    self.kind = kind
    self.message = message
    self.line = line
    self.column = column
  }

  /// `message at line L column C`.
  package var description: String { "\(message) at line \(line) column \(column)" }
}

/// What the scanner reports: a code and where it stood, without the cost of a text or a line count.
struct Fault: Error {
  enum Code {
    case eofInValue, eofInList, eofInObject, eofInString
    case expectedValue, expectedIdent, expectedListCommaOrEnd, expectedObjectCommaOrEnd
    case expectedColon, keyMustBeString, trailingComma, trailingCharacters
    case invalidEscape, invalidNumber, numberOutOfRange, invalidUnicode, controlCharacter
    case loneSurrogate, unexpectedEndOfHexEscape, recursionLimit
  }

  let code: Code
  /// Number of bytes of the text that count as consumed.
  let offset: Int
}

extension Fault.Code {
  var kind: JSONError.Kind {
    switch self {
    case .eofInValue, .eofInList, .eofInObject, .eofInString: .eof
    default: .syntax
    }
  }

  var message: String {
    switch self {
    case .eofInValue: "EOF while parsing a value"
    case .eofInList: "EOF while parsing a list"
    case .eofInObject: "EOF while parsing an object"
    case .eofInString: "EOF while parsing a string"
    case .expectedValue: "expected value"
    case .expectedIdent: "expected ident"
    case .expectedListCommaOrEnd: "expected `,` or `]`"
    case .expectedObjectCommaOrEnd: "expected `,` or `}`"
    case .expectedColon: "expected `:`"
    case .keyMustBeString: "key must be a string"
    case .trailingComma: "trailing comma"
    case .trailingCharacters: "trailing characters"
    case .invalidEscape: "invalid escape"
    case .invalidNumber: "invalid number"
    case .numberOutOfRange: "number out of range"
    case .invalidUnicode: "invalid unicode code point"
    case .controlCharacter:
      "control character (\\u0000-\\u001F) found while parsing a string"
    case .loneSurrogate: "lone leading surrogate in hex escape"
    case .unexpectedEndOfHexEscape: "unexpected end of hex escape"
    case .recursionLimit: "recursion limit exceeded"
    }
  }
}
