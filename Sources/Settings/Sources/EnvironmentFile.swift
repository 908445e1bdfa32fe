/// The text of a `.env` file, parsed.
///
/// A line is `NAME=value`, optionally after `export`, blank, or a comment that begins with `#`. Lines may end
/// in LF, CRLF or CR and the file may begin with a byte order mark. A value may stand in single quotes (taken
/// as it is) or double quotes (with `\n`, `\r`, `\t`, `\"`, `\\` and `\$`); without quotes it ends before a
/// `#` that follows a space. Nothing is expanded: `$NAME` stays as it is.
package struct EnvironmentFile: Sendable {
  package struct Entry: Sendable, Hashable {
    package let name: String
    package let value: String
    /// Counted from 1.
    package let line: Int
  }

  /// Larger files are refused.
  package static let byteCountMax = 1 << 20

  /// In the file's order; a name may occur more than once, and the last one counts.
  package let entries: [Entry]

  /// Throws `SettingsError` with the number of the line, never with its text, which may hold a secret.
  package init(parsing text: String) throws(SettingsError) {
    var body = Substring(text)
    if body.unicodeScalars.first == "\u{FEFF}" { body.unicodeScalars.removeFirst() }
    let lines = body.split(omittingEmptySubsequences: false) {
      $0 == "\n" || $0 == "\r\n" || $0 == "\r"
    }
    var entries: [Entry] = []
    for (index, line) in lines.enumerated() {
      if let entry = try Self.entry(line, number: index + 1) { entries.append(entry) }
    }
    self.entries = entries
  }

  /// The values by name.
  package var values: [String: String] {
    Dictionary(entries.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
  }

  private static func entry(
    _ line: Substring, number: Int
  ) throws(SettingsError) -> Entry? {
    var rest = line.drop(while: isBlank)
    if rest.isEmpty || rest.first == "#" { return nil }
    if rest.hasPrefix("export"), let next = rest.dropFirst(6).first, isBlank(next) {
      rest = rest.dropFirst(6).drop(while: isBlank)
    }
    guard let equals = rest.firstIndex(of: "=") else {
      throw problem(number, "is not NAME=value")
    }
    let name = trimmed(rest[..<equals])
    guard isName(name) else { throw problem(number, "does not begin with a variable's name") }
    let value = try value(rest[rest.index(after: equals)...], number: number)
    if value.utf8.contains(0) { throw problem(number, "holds a NUL character", name: name) }
    return Entry(name: String(name), value: value, line: number)
  }

  private static func value(_ text: Substring, number: Int) throws(SettingsError) -> String {
    let start = text.drop(while: isBlank)
    switch start.first {
    case "'":
      let body = start.dropFirst()
      guard let end = body.firstIndex(of: "'") else { throw unclosed(number) }
      try expectEnd(body[body.index(after: end)...], number: number)
      return String(body[..<end])
    case "\"":
      return try doubleQuoted(start.dropFirst(), number: number)
    default:
      return String(trimmed(withoutComment(text)))
    }
  }

  private static func doubleQuoted(
    _ body: Substring, number: Int
  ) throws(SettingsError) -> String {
    var value = ""
    var rest = body
    while let character = rest.popFirst() {
      switch character {
      case "\"":
        try expectEnd(rest, number: number)
        return value
      case "\\":
        guard let escaped = rest.popFirst() else { throw unclosed(number) }
        switch escaped {
        case "n": value.append("\n")
        case "r": value.append("\r")
        case "t": value.append("\t")
        case "\"", "\\", "$": value.append(escaped)
        default:
          value.append(character)
          value.append(escaped)
        }
      default:
        value.append(character)
      }
    }
    throw unclosed(number)
  }

  /// Only a comment may follow a closing quote.
  private static func expectEnd(_ text: Substring, number: Int) throws(SettingsError) {
    let rest = text.drop(while: isBlank)
    guard rest.isEmpty || rest.first == "#" else {
      throw problem(number, "goes on after the closing quote")
    }
  }

  /// `text` up to the first `#` that follows a space.
  private static func withoutComment(_ text: Substring) -> Substring {
    var afterBlank = false
    for index in text.indices {
      if text[index] == "#" && afterBlank { return text[..<index] }
      afterBlank = isBlank(text[index])
    }
    return text
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var result = text.drop(while: isBlank)
    while let last = result.last, isBlank(last) { result.removeLast() }
    return result
  }

  private static func isBlank(_ character: Character) -> Bool {
    character == " " || character == "\t"
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  private static func unclosed(_ number: Int) -> SettingsError {
    problem(number, "has an opening quote without a closing one")
  }

  private static func problem(
    _ number: Int, _ what: String, name: Substring? = nil
  ) -> SettingsError {
    SettingsError(variable: name.map(String.init), ".env, line \(number): \(what)")
  }
}
