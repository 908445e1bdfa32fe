import FoundationEssentials
import Settings
import Testing

@Suite("the table of settings")
struct SettingsTableTests {
  private func projectFile(_ path: String) throws -> String {
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: path))
    return String(decoding: data, as: UTF8.self)
  }

  @Test("no variable and no option occurs twice")
  func unique() {
    let names = SettingsTable.all.map(\.name)
    let options = SettingsTable.all.compactMap(\.option)
    #expect(Set(names).count == names.count)
    #expect(Set(options).count == options.count)
  }

  @Test("no secret has an option or a default")
  func secrets() {
    let secrets = SettingsTable.all.filter(\.isSecret)
    #expect(secrets.count == 3)
    #expect(secrets.allSatisfy { $0.option == nil && $0.defaultValue == nil })
  }

  @Test("every meaning is a sentence, and every default is a value that the variable takes")
  func sentences() throws {
    for setting in SettingsTable.all {
      #expect(setting.meaning.hasSuffix("."), "\(setting.name)")
      guard let value = setting.defaultValue else { continue }
      #expect(throws: Never.self) { try load(environment: [setting.name: value]) }
    }
  }

  @Test(".env.example is what the table says; remake it with `apus settings --format env`")
  func environmentExample() throws {
    #expect(try projectFile(".env.example") == SettingsTable.environmentExample)
  }

  @Test("docs/CONFIGURATION.md is what the table says: `apus settings --format markdown`")
  func configurationPage() throws {
    #expect(try projectFile("docs/CONFIGURATION.md") == SettingsTable.configurationPage)
  }

  @Test(".env.example as it is changes nothing, and with every # taken away it loads")
  func exampleLoads() throws {
    let example = SettingsTable.environmentExample
    #expect(try load(file: example) == load())
    let active = example.split(separator: "\n").filter { $0.hasPrefix("#") && $0.contains("=") }
      .map { $0.dropFirst() }.filter { !$0.hasPrefix(" ") }
    #expect(active.count == SettingsTable.all.count)
    #expect(try load(file: active.joined(separator: "\n")) == load())
  }

  @Test("lines of .env.example have at most 100 characters")
  func lineLength() {
    let lines = SettingsTable.environmentExample.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
  }
}
