import Model
import ObjectStore
import S3Store
import Testing

/// For a server behind a proxy that resets, delays, repeats, cuts and damages.
@Suite(
  .enabled(if: RealServer.isGiven && RealServer.isFaulty, "APUS_TEST_S3_FAULTY is not set"))
struct FaultyServerTests {
  private typealias Store = RetryingStore<S3Store>

  /// Creates `key` by rule S2: an unknown outcome is resolved by reading. True if the body is one's own.
  private func create(_ key: String, _ body: [UInt8], in store: Store) async throws -> Bool {
    while true {
      do {
        if case .created = try await store.create(key, body) { return true }
      } catch {
        guard error.isTransient else { throw error }
      }
      // Nobody else creates this key twice, so what is there decides.
      if let object = try await patientGet(key, in: store) { return object.body == body }
    }
  }

  private func patientGet(_ key: String, in store: Store) async throws -> StoredObject? {
    while true {
      do {
        return try await store.get(key).object
      } catch {
        guard error.isTransient else { throw error }
      }
    }
  }

  @Test("of two creators of each key exactly one wins, and every body is what its winner wrote")
  func creates() async throws {
    var configuration = RealServer.configuration()
    configuration.limits.requestTimeout = .seconds(1)
    try await RealServer.use(configuration) { s3, prefix in
      let store = RetryingStore(s3, clock: SystemServerClock(), random: SystemRandomSource())
      for round in 0..<20 {
        let wins = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
          for racer in 0..<16 {
            let number = racer / 2
            let body = [UInt8](repeating: UInt8(racer), count: 1000 + racer)
            group.addTask {
              (number, try await create("\(prefix)\(round)/\(number)", body, in: store))
            }
          }
          return try await group.reduce(into: [Int](repeating: 0, count: 8)) { wins, result in
            wins[result.0] += result.1 ? 1 : 0
          }
        }
        #expect(wins == [Int](repeating: 1, count: 8), "round \(round)")
      }
      var listed: [String] = []
      while true {
        let page = try await store.list(prefix: prefix, startAfter: listed.last, maxKeys: 50)
        listed += page.items.map(\.key)
        if !page.isTruncated { break }
      }
      #expect(listed.count == 160)
      _ = try await store.delete(listed)
    }
  }
}
