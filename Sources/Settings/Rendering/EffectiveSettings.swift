extension SettingsSources {
  /// One line per setting: what a server would use, and from where. Secrets are only said to be set.
  package var effectiveValues: String {
    SettingsTable.all.map { setting in
      guard let text = text(setting) else {
        let fallback = setting.defaultText
        return "\(setting.name)=\(setting.defaultValue ?? "")  # "
          + (fallback.isEmpty ? "not set" : "default: \(fallback)")
      }
      let origin = origin(setting).map { "  # \($0)" } ?? ""
      return "\(setting.name)=\(setting.isSecret ? "(set, hidden)" : text)\(origin)"
    }.joined(separator: "\n")
  }
}
