import ArgumentParser
import Engine
import FoundationEssentials
import Logging
import ObjectStore
import Settings

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Starts a server (the default).",
    discussion: SettingsTable.variablesWithoutOption)

  @OptionGroup(title: "Settings") var options: SettingOptions

  func run() async throws {
    do {
      try await serve()
    } catch let error as SettingsError {
      throw stop(error.message)
    } catch let error as EngineStartError {
      throw stop(error.message)
    } catch let error as ObjectStoreError {
      throw stop(error.message)
    } catch let error as WorkspaceError {
      throw stop(error.description)
    } catch let error as ListenError {
      throw stop(error.description)
    } catch {
      throw stop("the server ended with an error: \(error)")
    }
  }

  private func serve() async throws {
    let environment = ProcessInfo.processInfo.environment
    let sources = try options.sources(environment: environment)
    let settings = try ServerSettings(loading: sources)
    let logger = Self.logger(level: settings.logLevel)
    for warning in settings.warnings { logger.warning("\(warning)") }

    // Nothing is left in the system's temporary directory, which is not ours.
    let workspace = try Workspace(
      in: settings.workspace ?? FileManager.default.temporaryDirectory.path,
      isKept: settings.workspace != nil, logger: logger)
    defer { workspace.end() }
    try await Server(
      settings: settings, environment: sources.mergedEnvironment, workspace: workspace,
      logger: logger
    ).run()
  }

  /// Writes to the standard error; what is below the level costs nothing.
  private static func logger(level: String) -> Logger {
    var logger = Logger(label: "apus") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: level) ?? .info
    return logger
  }

  private func stop(_ message: String) -> ExitCode {
    Console.fail(message)
    return .failure
  }
}
