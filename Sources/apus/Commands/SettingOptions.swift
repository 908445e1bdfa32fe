import ArgumentParser
import Settings

/// One option per setting that may stand on a command line; names and texts come from `SettingsTable`.
struct SettingOptions: ParsableArguments {
  @Option(SettingsTable.s3Enabled) var s3Enabled: String?
  @Option(SettingsTable.bucketName) var bucketName: String?
  @Option(SettingsTable.prefix) var prefix: String?
  @Option(SettingsTable.endpointForS3) var endpointForS3: String?
  @Option(SettingsTable.region) var region: String?
  @Option(SettingsTable.pathStyle) var pathStyle: String?
  @Option(SettingsTable.folder) var folder: String?
  @Option(SettingsTable.profile) var profile: String?
  @Option(SettingsTable.host) var host: String?
  @Option(SettingsTable.port) var port: String?
  @Option(SettingsTable.allowedOrigins) var allowedOrigins: String?
  @Option(SettingsTable.maximumBodyBytes) var maximumBodyBytes: String?
  @Option(SettingsTable.syncInterval) var syncInterval: String?
  @Option(SettingsTable.readConsistency) var readConsistency: String?
  @Option(SettingsTable.allowReset) var allowReset: String?
  @Option(SettingsTable.workspace) var workspace: String?
  @Option(SettingsTable.memoryLimit) var memoryLimit: String?
  @Option(SettingsTable.workspaceLimit) var workspaceLimit: String?
  @Option(SettingsTable.flushBytes) var flushBytes: String?
  @Option(SettingsTable.flushAge) var flushAge: String?
  @Option(SettingsTable.eraseAfter) var eraseAfter: String?
  @Option(SettingsTable.collectInterval) var collectInterval: String?
  @Option(SettingsTable.grace) var grace: String?
  @Option(SettingsTable.logLevel) var logLevel: String?

  /// What was given, by variable.
  private var values: [String: String] {
    let pairs: [(Setting, String?)] = [
      (SettingsTable.s3Enabled, s3Enabled), (SettingsTable.bucketName, bucketName),
      (SettingsTable.prefix, prefix), (SettingsTable.endpointForS3, endpointForS3),
      (SettingsTable.region, region), (SettingsTable.pathStyle, pathStyle),
      (SettingsTable.folder, folder), (SettingsTable.profile, profile),
      (SettingsTable.host, host), (SettingsTable.port, port),
      (SettingsTable.allowedOrigins, allowedOrigins),
      (SettingsTable.maximumBodyBytes, maximumBodyBytes),
      (SettingsTable.syncInterval, syncInterval),
      (SettingsTable.readConsistency, readConsistency), (SettingsTable.allowReset, allowReset),
      (SettingsTable.workspace, workspace), (SettingsTable.memoryLimit, memoryLimit),
      (SettingsTable.workspaceLimit, workspaceLimit), (SettingsTable.flushBytes, flushBytes),
      (SettingsTable.flushAge, flushAge), (SettingsTable.eraseAfter, eraseAfter),
      (SettingsTable.collectInterval, collectInterval), (SettingsTable.grace, grace),
      (SettingsTable.logLevel, logLevel),
    ]
    return Dictionary(
      pairs.compactMap { setting, value in value.map { (setting.name, $0) } },
      uniquingKeysWith: { _, last in last })
  }

  /// The options, the environment and `.env` in the working directory.
  func sources(environment: [String: String]) throws(SettingsError) -> SettingsSources {
    SettingsSources(
      options: values, environment: environment, file: try EnvironmentFile.read(".env"))
  }
}

extension Option<String?> {
  fileprivate init(_ setting: Setting) {
    let fallback = setting.defaultText.isEmpty ? "" : "; default: \(setting.defaultText)"
    let required = setting.requiredWhen.map { "; required when \($0)" } ?? ""
    self.init(
      name: .customLong(setting.option ?? setting.name),
      help: ArgumentHelp(
        "\(setting.meaning) [\(setting.name)\(fallback)\(required)]",
        valueName: setting.kind.placeholder))
  }
}

extension SettingsTable {
  /// What stands below the options in `--help`: the variables that have none.
  static var variablesWithoutOption: String {
    let lines = all.filter { $0.option == nil }.map { setting in
      let fallback = setting.defaultText.isEmpty ? "" : " Default: \(setting.defaultText)."
      return "  \(setting.name): \(setting.meaning)\(fallback)"
    }
    return """
      Every option is also a variable, named in brackets; an option wins over the environment, and \
      the environment wins over the file .env in the working directory. Variables without an option:

      \(lines.joined(separator: "\n"))
      """
  }
}
