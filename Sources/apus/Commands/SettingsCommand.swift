import ArgumentParser
import FoundationEssentials
import Settings

struct SettingsCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case values
    case env
    case markdown
  }

  static let configuration = CommandConfiguration(
    commandName: "settings",
    abstract: "Prints the settings that a server would use here, and where each comes from.")

  @Option(
    help: """
      values: what holds here (secrets hidden); env: the text of .env.example; markdown: the text of \
      docs/CONFIGURATION.md.
      """)
  var format = Format.values

  @OptionGroup(title: "Settings") var options: SettingOptions

  func run() throws {
    switch format {
    case .env: print(SettingsTable.environmentExample, terminator: "")
    case .markdown: print(SettingsTable.configurationPage, terminator: "")
    case .values: try printValues()
    }
  }

  private func printValues() throws(ExitCode) {
    do {
      let sources = try options.sources(environment: ProcessInfo.processInfo.environment)
      let settings = try ServerSettings(loading: sources)
      print(sources.effectiveValues)
      settings.warnings.forEach(Console.warn)
    } catch {
      Console.fail(error.message)
      throw ExitCode.failure
    }
  }
}
