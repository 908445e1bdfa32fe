import Settings
import Testing

@Suite("the settings of a bucket")
struct BucketSettingsTests {
  private func bucket(_ more: [String: String]) throws -> BucketSettings? {
    let base = ["S3_ENABLED": "True", "S3_BUCKET_NAME": "my-bucket"]
    let settings = try load(environment: base.merging(more) { _, new in new })
    guard case .bucket(let bucket) = settings.store else { return nil }
    return bucket
  }

  @Test("with a bucket's name alone it is AWS in us-east-1 with the standard chain")
  func defaults() throws {
    let bucket = try bucket([:])
    #expect(bucket?.name == "my-bucket")
    #expect(bucket?.region == "us-east-1")
    #expect(bucket?.endpoint == nil)
    #expect(bucket?.usesPathStyle == false)
    #expect(bucket?.credentials == nil)
  }

  @Test("S3_ENABLED without S3_BUCKET_NAME refuses to start")
  func bucketMissing() {
    for name in [nil, ""] {
      let error = #expect(throws: SettingsError.self) {
        try load(
          environment: ["S3_ENABLED": "True", "S3_BUCKET_NAME": name].compactMapValues(\.self))
      }
      #expect(error?.variable == "S3_BUCKET_NAME")
      #expect(error?.message.contains("S3_ENABLED=False") == true)
    }
  }

  @Test("S3_BUCKET_NAME without S3_ENABLED refuses to start and says why")
  func forgottenBucket() {
    for enabled in [nil, ""] {
      let error = #expect(throws: SettingsError.self) {
        try load(
          environment: ["S3_ENABLED": enabled].compactMapValues(\.self),
          file: "S3_BUCKET_NAME=my-bucket")
      }
      #expect(error?.variable == "S3_ENABLED")
      #expect(error?.message.contains("\"my-bucket\"") == true)
      #expect(error?.message.contains("S3_ENABLED=True") == true)
    }
  }

  @Test("with S3_ENABLED=False a bucket's name and half a key do not matter")
  func switchedOff() throws {
    let settings = try load(environment: [
      "S3_ENABLED": "False", "S3_BUCKET_NAME": "my-bucket", "AWS_ACCESS_KEY_ID": "half",
    ])
    #expect(settings.store == .folder(path: "./apus-bucket"))
  }

  @Test(
    "AWS_ENDPOINT_URL_S3 wins over AWS_ENDPOINT_URL, and either makes the path style the default")
  func endpoints() throws {
    let general = try bucket(["AWS_ENDPOINT_URL": "http://general:1"])
    #expect(general?.endpoint?.description == "http://general:1")
    #expect(general?.usesPathStyle == true)
    let both = try bucket([
      "AWS_ENDPOINT_URL": "http://general:1", "AWS_ENDPOINT_URL_S3": "https://special/",
      "S3_FORCE_PATH_STYLE": "False",
    ])
    #expect(both?.endpoint?.description == "https://special")
    #expect(both?.usesPathStyle == false)
  }

  @Test("an endpoint is taken apart")
  func endpointParts() throws {
    let endpoint = try EndpointURL(parsing: "HTTPS://[::1]:9000/storage/v1/s3/")
    #expect(endpoint.isSecure)
    #expect(endpoint.host == "[::1]")
    #expect(endpoint.port == 9000)
    #expect(endpoint.path == "/storage/v1/s3")
    #expect(try EndpointURL(parsing: "http://a_b.c-d").port == nil)
  }

  @Test(
    "an endpoint with credentials in it is refused and not shown",
    arguments: [
      "https://user:topsecret@host", "http://topsecret@host:9000", "user:topsecret@host",
      "https://host/path@topsecret",
    ])
  func credentialsInEndpoint(url: String) {
    let error = #expect(throws: SettingsError.self) { try bucket(["AWS_ENDPOINT_URL": url]) }
    #expect(error?.message.contains("topsecret") == false)
    #expect(error?.message.contains("AWS_ACCESS_KEY_ID") == true)
  }

  @Test("a whole key is taken, with or without a session token")
  func credentials() throws {
    let key = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"]
    #expect(try bucket(key)?.credentials?.secretAccessKey == "secret")
    #expect(try bucket(key)?.credentials?.sessionToken == nil)
    let withToken = key.merging(["AWS_SESSION_TOKEN": "token"]) { _, new in new }
    #expect(try bucket(withToken)?.credentials?.sessionToken == "token")
  }

  @Test(
    "half a key refuses to start and names the missing half, never the value",
    arguments: [
      (["AWS_ACCESS_KEY_ID": "topsecret"], "AWS_SECRET_ACCESS_KEY"),
      (["AWS_SECRET_ACCESS_KEY": "topsecret"], "AWS_ACCESS_KEY_ID"),
      (["AWS_SESSION_TOKEN": "topsecret"], "AWS_ACCESS_KEY_ID"),
      (["AWS_ACCESS_KEY_ID": "topsecret", "AWS_SECRET_ACCESS_KEY": ""], "AWS_SECRET_ACCESS_KEY"),
    ])
  func halfAKey(variables: [String: String], missing: String) {
    let error = #expect(throws: SettingsError.self) { try bucket(variables) }
    #expect(error?.variable == missing)
    #expect(error?.message.contains("topsecret") == false)
  }

  @Test("a secret with a space in it is refused without showing it")
  func badSecret() {
    let error = #expect(throws: SettingsError.self) {
      try bucket(["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "top secret"])
    }
    #expect(error?.variable == "AWS_SECRET_ACCESS_KEY")
    #expect(error?.message.contains("top secret") == false)
  }

  @Test("no description of the settings shows a key")
  func descriptions() throws {
    let settings = try load(environment: [
      "S3_ENABLED": "1", "S3_BUCKET_NAME": "my-bucket", "AWS_ACCESS_KEY_ID": "topsecret1",
      "AWS_SECRET_ACCESS_KEY": "topsecret2", "AWS_SESSION_TOKEN": "topsecret3",
    ])
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped] {
      #expect(text.contains("my-bucket"))
      #expect(!text.contains("topsecret"))
    }
  }
}
