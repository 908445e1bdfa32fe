extension SettingsTable {
  /// The text of `docs/CONFIGURATION.md`.
  package static var configurationPage: String {
    var lines = [
      "# Configuration",
      "",
      "<!-- Made from the table of settings by `apus settings --format markdown`. -->",
      "",
      "A setting is looked for in this order; the first place that mentions it decides:",
      "",
      "1. the options of `apus serve`,",
      "2. the environment,",
      "3. the file `.env` in the working directory.",
      "",
      "`.env` has lines `NAME=value`, also with `export`, quotes and `#` comments, and line ends of any",
      "kind; nothing in it is expanded. An empty value counts as not set, except for `S3_PREFIX`. A value",
      "that cannot be read is an error that stops the start, never silently the default. Names in `.env`",
      "that begin with `APUS_` or `S3_` and are no settings are warned about. Secrets have no option",
      "(others on the machine could see it) and are never logged. `apus settings` prints what a server",
      "would use, and from where.",
    ]
    for group in SettingGroup.allCases {
      lines += [
        "", "## \(group.rawValue)", "", "| variable | option | meaning | default |",
        "|---|---|---|---|",
      ]
      lines += all.filter { $0.group == group }.map(row)
    }
    lines += [
      "",
      "Without an access key the server takes the standard chain of AWS: the profile file, container and",
      "web-identity credentials, and the instance's role, each refreshed before it expires. The variables",
      "which that chain defines itself are read from the environment and from `.env`, too.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ setting: Setting) -> String {
    let required = setting.requiredWhen.map { " Required when \($0)." } ?? ""
    let secret = setting.isSecret ? " Secret." : ""
    let fallback =
      setting.defaultInWords ?? setting.defaultValue.map { "`\($0)`" } ?? ""
    let option = setting.option.map { "`--\($0)`" } ?? ""
    let values = setting.kind.values.map { " Values: \($0)." } ?? ""
    return "| `\(setting.name)` | \(option) | \(setting.meaning)\(values)\(required)\(secret) "
      + "| \(fallback) |"
  }
}

extension SettingKind {
  /// The values that may be given, where the meaning does not say it.
  fileprivate var values: String? {
    switch self {
    case .text, .path, .boolean, .prefix, .bucketName, .host, .port: nil
    case .endpoint, .origins, .seconds, .bytes: expectation
    case .oneOf(let choices): choices.map { "`\($0)`" }.joined(separator: ", ")
    }
  }
}
