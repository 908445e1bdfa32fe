import FoundationEssentials
import Model
import ObjectStore
import S3Store

/// A real S3 server, named by environment variables; tests that need one are skipped without.
///
/// `APUS_TEST_S3_ENDPOINT`, `APUS_TEST_S3_BUCKET`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_REGION`; `APUS_TEST_S3_KIND=seaweedfs` leaves out what that server cannot, `APUS_TEST_S3_SLOW=1` adds
/// large bodies, `APUS_TEST_S3_FAULTY=1` a test for a server behind a proxy with faults.
enum RealServer {
  private static let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }

  static var isGiven: Bool {
    environment["APUS_TEST_S3_ENDPOINT"] != nil && environment["APUS_TEST_S3_BUCKET"] != nil
  }

  /// Whether tests may take a minute.
  static var isPatient: Bool { environment["APUS_TEST_S3_SLOW"] != nil }

  /// Whether a proxy with faults stands before the server.
  static var isFaulty: Bool { environment["APUS_TEST_S3_FAULTY"] != nil }

  /// SeaweedFS refuses or changes keys with `//`.
  static var changesKeys: Bool { environment["APUS_TEST_S3_KIND"] == "seaweedfs" }

  static func configuration() -> S3Store.Configuration {
    var limits = S3Store.Limits()
    // The server shares two cores with all other tests; those that are about time set their own.
    limits.requestTimeout = .seconds(60)
    return S3Store.Configuration(
      bucket: environment["APUS_TEST_S3_BUCKET"] ?? "",
      region: environment["AWS_REGION"] ?? "us-east-1",
      endpoint: environment["APUS_TEST_S3_ENDPOINT"], pathStyle: true,
      credentials: EnvironmentCredentials(environment: environment), limits: limits)
  }

  /// Calls `body` with a store and a prefix of keys that are used nowhere else.
  static func use(
    _ configuration: S3Store.Configuration = configuration(),
    _ body: (S3Store, String) async throws -> Void
  ) async throws {
    let store = try S3Store(configuration, clock: SystemServerClock(), wallClock: systemTime)
    do {
      try await body(store, "s3store-tests/\(SystemRandomSource().next())/")
    } catch {
      try await store.shutdown()
      throw error
    }
    try await store.shutdown()
  }

  @Sendable static func systemTime() -> Double { Date().timeIntervalSince1970 }
}

extension GetAnswer {
  var object: StoredObject? {
    if case .found(let object) = self { object } else { nil }
  }
}
