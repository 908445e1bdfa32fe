package import Configuration

/// The three places a value may come from: options win over the environment, the environment over `.env`.
///
/// The first place that mentions a variable decides, also where it mentions it with an empty value.
package struct SettingsSources: Sendable {
  /// Where a value stands, for messages.
  package enum Origin: Sendable, Hashable {
    case option(String)
    case environment
    case file(line: Int)
  }

  package let reader: ConfigReader
  private let options: [String: String]
  private let environment: [String: String]
  private let file: EnvironmentFile?

  /// `options` has the names of variables, not of options.
  package init(
    options: [String: String], environment: [String: String], file: EnvironmentFile?
  ) {
    self.options = options
    self.environment = environment
    self.file = file
    let secret = Set(SettingsTable.all.filter(\.isSecret).map(\.name))
    reader = ConfigReader(
      providers: [options, environment, file?.values ?? [:]].map { values in
        EnvironmentVariablesProvider(
          environmentVariables: values.filter { SettingsTable.named($0.key) != nil },
          secretsSpecifier: .specific(secret))
      })
  }

  /// The value as it was written; nil if it is not set, or is empty where that means the same.
  package func text(_ setting: Setting) -> String? {
    let text = reader.string(
      forKey: ConfigKey([setting.name]), isSecret: setting.isSecret)
    guard let text, !text.isEmpty || setting.takesEmptyText else { return nil }
    return text
  }

  /// Where `text` found its value; nil if nowhere.
  package func origin(_ setting: Setting) -> Origin? {
    if options[setting.name] != nil { return .option(setting.option ?? setting.name) }
    if environment[setting.name] != nil { return .environment }
    return file?.entries.last { $0.name == setting.name }.map { .file(line: $0.line) }
  }

  /// Every variable of the environment and, where that lacks it, of `.env`: what the standard chain of
  /// credentials looks into.
  package var mergedEnvironment: [String: String] {
    (file?.values ?? [:]).merging(environment) { _, environment in environment }
      .merging(options) { _, option in option }
  }

  /// What in `.env` looks like a mistake but does not stop a server.
  package var warnings: [String] {
    guard let file else { return [] }
    var seen: [String: Int] = [:]
    var warnings: [String] = []
    for entry in file.entries {
      if let earlier = seen.updateValue(entry.line, forKey: entry.name) {
        warnings.append(
          ".env, line \(entry.line): \(entry.name) stands in line \(earlier) too; the last one counts"
        )
      }
      let name = entry.name.uppercased()
      guard name.hasPrefix("APUS_") || name.hasPrefix("S3_"),
        SettingsTable.named(entry.name) == nil
      else { continue }
      let nearest = nearestName(to: name, in: SettingsTable.all.map(\.name))
      let hint = nearest.map { "; did you mean \($0)?" } ?? ""
      warnings.append(
        ".env, line \(entry.line): \(entry.name) is not a setting and has no effect\(hint)")
    }
    return warnings
  }
}

extension SettingsSources.Origin: CustomStringConvertible {
  package var description: String {
    switch self {
    case .option(let name): "from --\(name)"
    case .environment: "from the environment"
    case .file(let line): "from .env, line \(line)"
    }
  }
}
