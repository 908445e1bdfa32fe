import Model
import ObjectStore
import S3Store

extension S3Store.Configuration {
  /// Bucket `bbb` on a local server.
  static func local(
    _ server: LocalServer, credentials: any CredentialsProvider = FixedCredentials(.example)
  ) -> Self {
    var configuration = Self(
      bucket: "bbb", region: "eu-west-1", endpoint: server.url, pathStyle: true,
      credentials: credentials)
    // Whatever else the machine does, nothing here takes so long.
    configuration.limits.requestTimeout = .seconds(60)
    configuration.limits.bytesPerSecondMin = 100_000_000
    return configuration
  }
}

extension S3Store.Configuration {
  /// For tests in which the time does run out.
  mutating func hurry() {
    limits.requestTimeout = .milliseconds(300)
    limits.connectTimeout = .milliseconds(300)
  }
}

extension S3Credentials {
  static let example = S3Credentials(accessKeyID: "ID", secretAccessKey: "secret-of-the-test")
}

/// Calls `body` with a store on a local server that answers as `reply` says.
func withStore(
  answering reply: @escaping @Sendable (LocalServer.Request) -> LocalServer.Reply,
  wallClock: @escaping @Sendable () -> Double = { 1_700_000_000 },
  change: (inout S3Store.Configuration) -> Void = { _ in },
  _ body: (S3Store, LocalServer) async throws -> Void
) async throws {
  try await LocalServer.use(reply) { server in
    var configuration = S3Store.Configuration.local(server)
    change(&configuration)
    let store = try S3Store(configuration, clock: SystemServerClock(), wallClock: wallClock)
    do {
      try await body(store, server)
    } catch {
      try await store.shutdown()
      throw error
    }
    try await store.shutdown()
  }
}

/// The error of a call that must fail.
func failure<Answer>(
  of call: () async throws(ObjectStoreError) -> Answer
) async -> ObjectStoreError? {
  do throws(ObjectStoreError) {
    _ = try await call()
    return nil
  } catch {
    return error
  }
}
