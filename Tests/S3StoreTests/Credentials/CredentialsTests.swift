import FoundationEssentials
import Model
import ObjectStore
import S3Store
import Testing

/// Where credentials come from, seen in the `Authorization` of a store's requests.
struct CredentialsTests {
  /// The access key that a store signs with in this environment; throws the store's error without one.
  private func accessKey(
    _ environment: @escaping (LocalServer) -> [String: String],
    answering reply: @escaping @Sendable (LocalServer.Request) -> LocalServer.Reply = { _ in
      .answer(200)
    }
  ) async throws -> (key: String, token: String?, requests: [LocalServer.Request]) {
    var result: (String, String?, [LocalServer.Request]) = ("", nil, [])
    try await LocalServer.use(reply) { server in
      let chain = CredentialsChain(environment: environment(server))
      let store = try S3Store(
        .local(server, credentials: chain), clock: SystemServerClock(),
        wallClock: { 1_700_000_000 })
      do {
        _ = try await store.put("k", [1])
      } catch {
        try await store.shutdown()
        throw error
      }
      try await store.shutdown()
      let headers = server.requests.last?.headers ?? [:]
      let credential = headers["authorization"]?.split(separator: "=").dropFirst().first
      let key = credential?.split(separator: "/").first
      result = (key.map(String.init) ?? "", headers["x-amz-security-token"], server.requests)
    }
    return result
  }

  private func withFiles(
    _ files: [String: String], _ body: (String) async throws -> Void
  ) async throws {
    let folder =
      FileManager.default.temporaryDirectory.path()
      + "/apus-credentials-\(SystemRandomSource().next())"
    try FileManager.default.createDirectory(
      atPath: folder + "/.aws", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(text.utf8))
    }
    try await body(folder)
  }

  private static let off = ["AWS_EC2_METADATA_DISABLED": "true"]
  private static let json = Array(
    #"{"AccessKeyId":"SERVED","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"}"#
      .utf8)

  @Test("keys in the environment come first")
  func environment() async throws {
    let found = try await accessKey { _ in
      [
        "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/never",
      ]
    }
    #expect(found.key == "ENV" && found.token == "t")
  }

  @Test("half a pair of keys is an error that names the other half")
  func half() async throws {
    let error = await #expect(throws: ObjectStoreError.self) {
      try await accessKey { _ in ["AWS_ACCESS_KEY_ID": "ENV"] }
    }
    #expect(error?.code == .accessDenied && error?.mayHaveBeenApplied == false)
    #expect(error?.message.contains("AWS_SECRET_ACCESS_KEY") == true)
  }

  @Test("without any keys the error says where they were looked for")
  func none() async throws {
    let error = await #expect(throws: ObjectStoreError.self) {
      try await accessKey { _ in Self.off }
    }
    #expect(error?.code == .accessDenied)
    for name in ["AWS_ACCESS_KEY_ID", "profile", "container", "web identity", "instance metadata"] {
      #expect(error?.message.contains(name) == true)
    }
  }

  @Test("profiles are read from both files, the credentials file first")
  func profiles() async throws {
    let files = [
      ".aws/credentials": """
      # keys
      [default]
      aws_access_key_id = DEFAULT
      aws_secret_access_key=a=b ; the secret
      [ both ]
      aws_access_key_id = FIRST\r
      aws_secret_access_key = s\r
      """,
      ".aws/config": """
      [default]
      region = eu
      [profile both]
      aws_access_key_id = SECOND
      s3 =
        aws_access_key_id = NESTED
      [profile work]
      aws_access_key_id = WORK
      aws_secret_access_key = s
      aws_session_token = t
      [profile role]
      role_arn = arn:x
      """,
      "other": "[default]\naws_access_key_id=OTHER\naws_secret_access_key=s",
    ]
    try await withFiles(files) { folder in
      let unnamed = try await accessKey { _ in ["HOME": folder] }
      #expect(unnamed.key == "DEFAULT")
      let both = try await accessKey { _ in ["HOME": folder, "AWS_PROFILE": "both"] }
      #expect(both.key == "FIRST")
      let work = try await accessKey { _ in ["HOME": folder, "AWS_PROFILE": "work"] }
      #expect(work.key == "WORK" && work.token == "t")
      let other = try await accessKey { _ in
        ["HOME": folder, "AWS_SHARED_CREDENTIALS_FILE": folder + "/other"]
      }
      #expect(other.key == "OTHER")
      for (profile, reason) in [("role", "role_arn"), ("nobody", "'nobody'")] {
        let error = await #expect(throws: ObjectStoreError.self) {
          try await accessKey { _ in ["HOME": folder, "AWS_PROFILE": profile] }
        }
        #expect(error?.message.contains(reason) == true)
      }
    }
  }

  @Test("a container's service is asked with its token, from a file where one is named")
  func container() async throws {
    let reply: @Sendable (LocalServer.Request) -> LocalServer.Reply = {
      guard $0.target == "/get" else { return .answer(200) }
      let authorized = ["Bearer", "FromFile"].contains($0.headers["authorization"])
      return authorized ? .answer(200, [:], Self.json) : .answer(403)
    }
    try await withFiles(["token": "FromFile\n"]) { folder in
      for setting in [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", folder + "/token"),
      ] {
        let found = try await accessKey(
          { ["AWS_CONTAINER_CREDENTIALS_FULL_URI": $0.url + "/get", setting.0: setting.1] },
          answering: reply)
        #expect(found.key == "SERVED" && found.token == "t")
      }
    }
    let refused = await #expect(throws: ObjectStoreError.self) {
      try await accessKey(
        { ["AWS_CONTAINER_CREDENTIALS_FULL_URI": $0.url + "/get"] }, answering: reply)
    }
    #expect(refused?.code == .accessDenied && refused?.message.contains("403") == true)
  }

  @Test("keys are not fetched from another machine without TLS")
  func plainText() async throws {
    let error = await #expect(throws: ObjectStoreError.self) {
      try await accessKey { _ in ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/get"] }
    }
    #expect(error?.code == .accessDenied && error?.message.contains("https") == true)
  }

  @Test("a web identity's token is exchanged at STS")
  func webIdentity() async throws {
    let answer = """
      <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
      <AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
      <SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>
      </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
      """
    try await withFiles(["jwt": "a.b/c"]) { folder in
      let found = try await accessKey(
        {
          [
            "AWS_WEB_IDENTITY_TOKEN_FILE": folder + "/jwt", "AWS_ROLE_ARN": "arn:aws:r",
            "AWS_ENDPOINT_URL_STS": $0.url,
          ]
        },
        answering: { $0.target == "/" ? .answer(200, [:], Array(answer.utf8)) : .answer(200) })
      #expect(found.key == "ROLE" && found.token == "t")
      let form = String(decoding: found.requests.first?.body ?? [], as: UTF8.self)
      #expect(
        form == "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Ar&RoleSessionName=apus"
          + "&Version=2011-06-15&WebIdentityToken=a.b%2Fc")
    }
  }

  @Test("a machine's role is read with a session of its metadata service")
  func instance() async throws {
    let found = try await accessKey(
      { ["AWS_EC2_METADATA_SERVICE_ENDPOINT": $0.url + "/"] },
      answering: { request in
        let roles = "/latest/meta-data/iam/security-credentials/"
        if request.target == "/latest/api/token", request.method == "PUT" {
          return .answer(200, [:], Array("session".utf8))
        }
        guard request.target.hasPrefix("/latest") else { return .answer(200) }
        guard request.headers["x-aws-ec2-metadata-token"] == "session" else { return .answer(401) }
        return request.target == roles
          ? .answer(200, [:], Array("my role\n".utf8))
          : request.target == roles + "my%20role" ? .answer(200, [:], Self.json) : .answer(404)
      })
    #expect(found.key == "SERVED" && found.token == "t")
  }
}
