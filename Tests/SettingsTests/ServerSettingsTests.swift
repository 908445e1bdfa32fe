import Settings
import Testing

/// Settings from the three places, each a dictionary by variable or the text of a file.
func load(
  options: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
) throws -> ServerSettings {
  try ServerSettings(
    loading: SettingsSources(
      options: options, environment: environment,
      file: file.map { text throws in try EnvironmentFile(parsing: text) }))
}

private let s3 = ["S3_ENABLED": "True", "S3_BUCKET_NAME": "my-bucket"]

@Suite("the settings of a server")
struct ServerSettingsTests {
  @Test("without anything set the data are in a folder and the server listens on 127.0.0.1:8000")
  func defaults() throws {
    let settings = try load()
    #expect(settings.store == .folder(path: "./apus-bucket"))
    #expect(settings.prefix == "vector_db/")
    #expect(settings.host == "127.0.0.1")
    #expect(settings.port == 8000)
    #expect(settings.allowedOrigins == [])
    #expect(settings.maximumBodyBytes == 128 << 20)
    #expect(settings.syncInterval == .seconds(60))
    #expect(!settings.readsAreStrong)
    #expect(!settings.allowsReset)
    #expect(settings.workspace == nil)
    #expect(settings.grace == nil)
    #expect(settings.logLevel == "info")
    #expect(settings.warnings == [])
  }

  @Test("options win over the environment, the environment wins over .env")
  func precedence() throws {
    let file = "APUS_PORT=1\nAPUS_HOST=1.1.1.1\nAPUS_FOLDER=file"
    let environment = ["APUS_PORT": "2", "APUS_HOST": "2.2.2.2"]
    let settings = try load(options: ["APUS_PORT": "3"], environment: environment, file: file)
    #expect(settings.port == 3)
    #expect(settings.host == "2.2.2.2")
    #expect(settings.store == .folder(path: "file"))
  }

  @Test("a variable that is empty counts as not set and hides the places after it")
  func emptyCountsAsUnset() throws {
    let settings = try load(environment: ["APUS_PORT": ""], file: "APUS_PORT=9\nAPUS_GRACE=")
    #expect(settings.port == 8000)
    #expect(settings.grace == nil)
  }

  @Test(
    "every spelling of yes and no is understood",
    arguments: [
      ("True", true), ("true", true), ("TRUE", true), ("1", true), ("yes", true), ("Yes", true),
      ("False", false), ("false", false), ("0", false), ("no", false),
    ])
  func booleans(text: String, value: Bool) throws {
    #expect(try load(environment: ["ALLOW_RESET": text]).allowsReset == value)
  }

  @Test(
    "a value that does not parse is an error with the variable, the place and the value",
    arguments: [
      ("S3_ENABLED", "maybe"), ("ALLOW_RESET", "on"), ("S3_FORCE_PATH_STYLE", "y"),
      ("APUS_PORT", "65536"), ("APUS_PORT", "-1"), ("APUS_PORT", "80 "),
      ("APUS_PORT", "8e3"), ("APUS_PORT", "99999999999999999999"), ("APUS_PORT", "+80"),
      ("APUS_PORT", "\u{0661}"), ("APUS_PORT", "tcp://10.0.0.1:8000"),
      ("S3_SYNC_INTERVAL", "-5"), ("S3_SYNC_INTERVAL", "0"), ("S3_SYNC_INTERVAL", "0.999"),
      ("S3_SYNC_INTERVAL", "1m"), ("S3_SYNC_INTERVAL", "1.2345"), ("S3_SYNC_INTERVAL", "86401"),
      ("S3_SYNC_INTERVAL", "86400.001"), ("S3_SYNC_INTERVAL", "."), ("S3_SYNC_INTERVAL", "1."),
      ("S3_SYNC_INTERVAL", "nan"), ("S3_SYNC_INTERVAL", "1.-5"),
      ("APUS_GRACE", "0"), ("APUS_GRACE", "31536001"), ("APUS_GRACE", "one day"),
      ("APUS_MAX_BODY_BYTES", "1023"), ("APUS_MAX_BODY_BYTES", "4294967297"),
      ("APUS_MAX_BODY_BYTES", "128MB"), ("APUS_READ_CONSISTENCY", "Strong"),
      ("APUS_LOG_LEVEL", "verbose"), ("APUS_HOST", "127.0.0.1:8000"), ("APUS_HOST", "a/b"),
      ("APUS_HOST", "http://x"), ("APUS_CORS_ORIGINS", "example.com"),
      ("APUS_CORS_ORIGINS", "https://example.com/"), ("APUS_CORS_ORIGINS", "https://a.b/c"),
      ("S3_BUCKET_NAME", "s3://my-bucket"), ("S3_BUCKET_NAME", "my-bucket/folder"),
      ("S3_BUCKET_NAME", "ab"), ("S3_BUCKET_NAME", "..."),
      ("S3_PREFIX", "/"), ("S3_PREFIX", "/a"), ("S3_PREFIX", "a//b"), ("S3_PREFIX", "a/../b"),
      ("S3_PREFIX", "./a"), ("S3_PREFIX", "a b"), ("S3_PREFIX", "a//"), ("AWS_REGION", "eu west"),
      ("AWS_ENDPOINT_URL_S3", "127.0.0.1:9000"), ("AWS_ENDPOINT_URL_S3", "ftp://host"),
      ("AWS_ENDPOINT_URL_S3", "http://"), ("AWS_ENDPOINT_URL_S3", "http://:9000"),
      ("AWS_ENDPOINT_URL_S3", "http://host:0"), ("AWS_ENDPOINT_URL_S3", "http://host:x"),
      ("AWS_ENDPOINT_URL_S3", "http://host:9000?x=1"), ("AWS_ENDPOINT_URL", "http://ho$t"),
      ("AWS_ENDPOINT_URL", "https://[::1"), ("AWS_ENDPOINT_URL", "https://h\u{F6}st"),
    ])
  func unreadable(variable: String, value: String) {
    let environment = s3.merging([variable: value]) { _, new in new }
    let error = #expect(throws: SettingsError.self) { try load(environment: environment) }
    #expect(error?.variable == variable)
    let begin = "\(variable) (from the environment) is \"\(value)\": give "
    #expect(error?.message.hasPrefix(begin) == true, "\(error?.message ?? "no error")")
    #expect(error?.message.hasSuffix(".") == false)
  }

  @Test("the error says in which place the value stands")
  func places() {
    let fromOption = #expect(throws: SettingsError.self) {
      try load(options: ["APUS_PORT": "x"], environment: ["APUS_PORT": "1"])
    }
    #expect(fromOption?.message.contains("(from --port)") == true)
    let fromFile = #expect(throws: SettingsError.self) {
      try load(file: "APUS_PORT=1\n\nAPUS_PORT=x")
    }
    #expect(fromFile?.message.contains("(from .env, line 3)") == true)
  }

  @Test("control characters in a value are an error and do not reach the message")
  func controlCharacters() {
    let error = #expect(throws: SettingsError.self) {
      try load(environment: ["APUS_FOLDER": "a\u{1B}[31m\nb"])
    }
    #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
  }

  @Test(
    "values at the borders are taken",
    arguments: [
      ("1", Duration.seconds(1)), ("0060", .seconds(60)), ("1.5", .milliseconds(1500)),
      ("2.05", .milliseconds(2050)), ("86400", .seconds(86_400)),
    ])
  func intervals(text: String, value: Duration) throws {
    #expect(try load(environment: ["S3_SYNC_INTERVAL": text]).syncInterval == value)
  }

  @Test(
    "a prefix ends in a slash or is empty",
    arguments: [
      ("", ""), ("a", "a/"), ("a/", "a/"), ("a/b.c", "a/b.c/"), ("vector_db/", "vector_db/"),
    ])
  func prefixes(text: String, prefix: String) throws {
    #expect(try load(environment: ["S3_PREFIX": text]).prefix == prefix)
    #expect(try load(file: "S3_PREFIX=\(text)").prefix == prefix)
  }

  @Test("a prefix may have 512 bytes and no more")
  func longPrefix() throws {
    let longest = String(repeating: "a", count: 512)
    #expect(try load(environment: ["S3_PREFIX": longest]).prefix == longest + "/")
    #expect(throws: SettingsError.self) { try load(environment: ["S3_PREFIX": longest + "a"]) }
  }

  @Test("addresses of both kinds and names are taken")
  func hosts() throws {
    for (text, host) in [
      ("0.0.0.0", "0.0.0.0"), ("::1", "::1"), ("[::]", "::"), ("localhost", "localhost"),
    ] {
      #expect(try load(environment: ["APUS_HOST": text]).host == host)
    }
  }

  @Test("origins are separated by commas, spaces around them do not count")
  func origins() throws {
    let file = "APUS_CORS_ORIGINS=https://a.example, http://localhost:3000"
    let settings = try load(file: file)
    #expect(settings.allowedOrigins == ["https://a.example", "http://localhost:3000"])
    #expect(try load(environment: ["APUS_CORS_ORIGINS": "*"]).allowedOrigins == ["*"])
  }

  @Test("Kubernetes' own APUS_PORT is recognised")
  func kubernetes() {
    let error = #expect(throws: SettingsError.self) {
      try load(environment: ["APUS_PORT": "tcp://10.0.0.1:8000"])
    }
    #expect(error?.message.contains("enableServiceLinks") == true)
  }
}
