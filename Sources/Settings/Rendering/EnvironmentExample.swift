extension SettingsTable {
  /// The text of `.env.example`: every variable with its meaning, commented out, with its default.
  package static var environmentExample: String {
    var lines = [
      "# Settings of an Apus server. Copy this file to .env and take the # away where you want another",
      "# value than the default. The environment wins over .env, options on the command line win over",
      "# both. Made from the table of settings by `apus settings --format env`.",
    ]
    for group in SettingGroup.allCases {
      lines += ["", "# ---- \(group.rawValue)"]
      for setting in all where setting.group == group {
        lines.append("")
        lines += wrapped(comment(setting), width: 98).map { "# \($0)" }
        lines.append("#\(setting.name)=\(setting.defaultValue ?? "")")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func comment(_ setting: Setting) -> String {
    var text = setting.meaning
    if let required = setting.requiredWhen { text += " Required when \(required)." }
    if let words = setting.defaultInWords { text += " Default: \(words)." }
    return text
  }
}

/// `text` in lines of at most `width` characters, broken at spaces; a longer word gets its own line.
package func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty && line.count + 1 + word.count > width {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
  }
  return line.isEmpty ? lines : lines + [line]
}
