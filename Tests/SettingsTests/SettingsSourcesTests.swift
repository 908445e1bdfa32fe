import Settings
import Testing

@Suite("the places settings come from")
struct SettingsSourcesTests {
  private func warnings(_ file: String) throws -> [String] {
    try SettingsSources(
      options: [:], environment: [:], file: EnvironmentFile(parsing: file)
    ).warnings
  }

  @Test(
    "an unknown name in .env is warned about with the nearest known one",
    arguments: [
      ("S3_BUCKET", "S3_BUCKET_NAME"), ("S3_ENABLE", "S3_ENABLED"), ("APUS_PROT", "APUS_PORT"),
      ("s3_prefix", "S3_PREFIX"), ("S3_SYNC_INTERVALL", "S3_SYNC_INTERVAL"),
      ("APUS_LOGLEVEL", "APUS_LOG_LEVEL"), ("S3_BUKET", "S3_BUCKET_NAME"),
    ])
  func nearest(name: String, known: String) throws {
    let warnings = try warnings("# x\n\(name)=topsecret")
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix(".env, line 2: \(name) ") == true)
    #expect(warnings.first?.hasSuffix("did you mean \(known)?") == true)
    #expect(warnings.first?.contains("topsecret") == false)
  }

  @Test(
    "a name that resembles none gets no suggestion",
    arguments: ["APUS_COMPLETELY_DIFFERENT_THING", "APUS_X", "S3_"])
  func noSuggestion(name: String) throws {
    let warnings = try warnings("\(name)=1")
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("did you mean") == false)
  }

  @Test("names of other programs and known ones are not warned about")
  func silent() throws {
    #expect(try warnings("PATH=/bin\nAWS_PAGER=\nS3_PREFIX=a/\nDATABASE_URL=x") == [])
  }

  @Test("a name that stands twice in .env is warned about")
  func twice() throws {
    let warnings = try warnings("APUS_PORT=1\nAPUS_PORT=2")
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("line 2") == true)
  }

  @Test("the effective values say where they come from and hide secrets")
  func effective() throws {
    let sources = try SettingsSources(
      options: ["APUS_PORT": "9"], environment: ["AWS_ACCESS_KEY_ID": "topsecret"],
      file: EnvironmentFile(parsing: "S3_PREFIX=p/"))
    let lines = sources.effectiveValues.split(separator: "\n")
    #expect(lines.count == SettingsTable.all.count)
    #expect(lines.contains("APUS_PORT=9  # from --port"))
    #expect(lines.contains("S3_PREFIX=p/  # from .env, line 1"))
    #expect(lines.contains("AWS_ACCESS_KEY_ID=(set, hidden)  # from the environment"))
    #expect(lines.contains("APUS_HOST=127.0.0.1  # default: 127.0.0.1"))
    #expect(!sources.effectiveValues.contains("topsecret"))
  }

  @Test("the environment for the chain of credentials has the values of .env below its own")
  func merged() throws {
    let sources = try SettingsSources(
      options: ["AWS_PROFILE": "c"], environment: ["A": "env", "AWS_PROFILE": "b"],
      file: EnvironmentFile(parsing: "A=file\nB=file\nAWS_PROFILE=a"))
    #expect(sources.mergedEnvironment == ["A": "env", "B": "file", "AWS_PROFILE": "c"])
  }
}
