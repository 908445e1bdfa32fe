import ArgumentParser

@main
struct Apus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "A vector database server whose only persistent storage is an S3 bucket.",
    version: version,
    subcommands: [
      ServeCommand.self, SettingsCommand.self, InspectCommand.self, VerifyCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)

  static let version = "0.1.0"
}
