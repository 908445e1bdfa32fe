/// Reads typed values from the sources. A value that does not parse is an error that names the variable,
/// where its value stands, the value (of a secret only that it is one) and what to give instead.
struct ValueReader {
  let sources: SettingsSources

  /// The value as written and checked by its kind; the default where it is not set and has one.
  func text(_ setting: Setting) throws(SettingsError) -> String? {
    guard let text = sources.text(setting) ?? setting.defaultValue else { return nil }
    guard isPlain(text, blanks: setting.kind == .path) else {
      throw problem(setting, text)
    }
    return text
  }

  func boolean(_ setting: Setting) throws(SettingsError) -> Bool? {
    guard let text = try text(setting) else { return nil }
    switch text.lowercased() {
    case "true", "1", "yes": return true
    case "false", "0", "no": return false
    default: throw problem(setting, text)
    }
  }

  func oneOf(_ setting: Setting) throws(SettingsError) -> String? {
    guard let text = try text(setting) else { return nil }
    guard case .oneOf(let choices) = setting.kind, choices.contains(text) else {
      throw problem(setting, text)
    }
    return text
  }

  func bytes(_ setting: Setting) throws(SettingsError) -> Int? {
    guard let text = try text(setting) else { return nil }
    guard case .bytes(let range) = setting.kind, let number = wholeNumber(text),
      range.contains(number)
    else { throw problem(setting, text) }
    return number
  }

  func port(_ setting: Setting) throws(SettingsError) -> Int? {
    guard let text = try text(setting) else { return nil }
    if let port = wholeNumber(text), (0...65_535).contains(port) { return port }
    guard text.hasPrefix("tcp://") else { throw problem(setting, text) }
    throw problem(
      setting, text,
      hint: """
        ; Kubernetes sets such a value for a service named "apus": set enableServiceLinks to false, \
        or give --port
        """)
  }

  /// Exact to the millisecond.
  func seconds(_ setting: Setting) throws(SettingsError) -> Duration? {
    guard let text = try text(setting) else { return nil }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? String(parts[1]) : "0"
    guard case .seconds(let range) = setting.kind, let whole = wholeNumber(String(parts[0])),
      (1...3).contains(decimals.utf8.count),
      let fraction = wholeNumber(
        decimals + String(repeating: "0", count: 3 - decimals.utf8.count)),
      whole < range.upperBound || whole == range.upperBound && fraction == 0
    else { throw problem(setting, text) }
    let duration = Duration.milliseconds(whole * 1000 + fraction)
    guard duration >= .seconds(range.lowerBound) else { throw problem(setting, text) }
    return duration
  }

  /// The error about a value that is not what `setting` expects.
  func problem(_ setting: Setting, _ value: String, hint: String = "") -> SettingsError {
    SettingsError(
      variable: setting.name,
      "\(described(setting, value)): give \(setting.kind.expectation)\(hint)")
  }

  /// Begins an error: the variable, where its value stands, and the value unless it must stay hidden.
  func described(_ setting: Setting, _ value: String?) -> String {
    let origin = sources.origin(setting).map { " (\($0))" } ?? ""
    guard let value, !setting.isSecret else { return "\(setting.name)\(origin) is not usable" }
    return "\(setting.name)\(origin) is \(quoted(value))"
  }
}

/// `text` on one line, in quotes, cut short where it is long.
private func quoted(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(80).map { scalar in
    scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : Character(scalar)
  }
  return "\"\(String(shown))\(text.unicodeScalars.count > 80 ? "..." : "")\""
}

/// True if nothing in `text` is a control character, or white space unless `blanks` may be in it.
private func isPlain(_ text: String, blanks: Bool) -> Bool {
  text.unicodeScalars.allSatisfy { scalar in
    if scalar.value < 0x20 || scalar.value == 0x7F { return false }
    return blanks || !scalar.properties.isWhitespace
  }
}

/// A number of decimal digits and nothing else; nil also where it is too large.
func wholeNumber(_ text: some StringProtocol) -> Int? {
  let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  return isDigits ? Int(text) : nil
}
