import Model
import ObjectStore
import S3Store

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension StoreUnderTest {
  /// A bucket, where the environment names one: APUS_TEST_S3_ENDPOINT, APUS_TEST_S3_BUCKET and the
  /// usual AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION. Each test takes a prefix of its
  /// own there.
  static let s3: [StoreUnderTest] = {
    guard let endpoint = environment("APUS_TEST_S3_ENDPOINT"),
      let bucket = environment("APUS_TEST_S3_BUCKET"), let region = environment("AWS_REGION"),
      let id = environment("AWS_ACCESS_KEY_ID"), let secret = environment("AWS_SECRET_ACCESS_KEY")
    else { return [] }
    let credentials = EnvironmentCredentials(
      environment: ["AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret])
    var limits = S3Store.Limits()
    // The test server shares two cores with all other tests, and no test here is about time.
    limits.requestTimeout = .seconds(60)
    let configuration = S3Store.Configuration(
      bucket: bucket, region: region, endpoint: endpoint, pathStyle: true,
      credentials: credentials, limits: limits)
    return [
      StoreUnderTest(testDescription: "s3") { test in
        let store = try S3Store(
          configuration, clock: SystemServerClock(), wallClock: { Double(time(nil)) })
        let prefix = "apus-test/\(UniqueID.random(from: SystemRandomSource()))/"
        do {
          try await test(store, prefix)
          try await clear(store, prefix)
          try await store.shutdown()
        } catch {
          try? await clear(store, prefix)
          try? await store.shutdown()
          throw error
        }
      }
    ]
  }()

  private static func clear(_ store: any ObjectStore, _ prefix: String) async throws {
    while true {
      let page = try await store.list(prefix: prefix, startAfter: nil, maxKeys: 1000)
      if page.items.isEmpty { return }
      _ = try await store.delete(page.items.map(\.key))
    }
  }
}
