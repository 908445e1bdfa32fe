import Model
import ObjectStore
import S3Store
import Testing

@Suite(
  .enabled(
    if: RealServer.isGiven && !RealServer.isFaulty,
    "APUS_TEST_S3_ENDPOINT and APUS_TEST_S3_BUCKET name no server"))
struct RealServerTests {
  @Test("of 16 that race to create a key one succeeds, and its body is what is there")
  func createRace() async throws {
    try await RealServer.use { store, prefix in
      for round in 0..<5 {
        let key = "\(prefix)race/\(round)"
        let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
          for racer in UInt8(0)..<16 {
            group.addTask {
              if case .created(let date) = try await store.create(key, [racer]) {
                #expect(date != nil)
                return racer
              }
              return nil
            }
          }
          return try await group.reduce(into: [UInt8]()) { if let racer = $1 { $0.append(racer) } }
        }
        #expect(winners.count == 1)
        #expect(try await store.get(key).object?.body == winners)
      }
    }
  }

  @Test("keys with every kind of character are stored, listed and deleted as they are")
  func nastyKeys() async throws {
    let hard = [
      "a b", "a+b", "100%", "50%25", "ä/ö", "日本語", "~t.i-l_d", "a&b<c>\"d'", "q?x=1#f",
      "(1)!*@:,;=$", "e\u{301}",
    ]
    let names = RealServer.changesKeys ? hard : hard + ["a//b", "/lead", "x/"]
    try await RealServer.use { store, prefix in
      let keys = names.map { prefix + "nasty/" + $0 }
      for (index, key) in keys.enumerated() {
        #expect(try await store.create(key, [UInt8(index)]) != .exists(date: nil))
      }
      for (index, key) in keys.enumerated() {
        #expect(try await store.get(key).object?.body == [UInt8(index)], "\(key)")
      }
      let list = try await store.list(prefix: prefix + "nasty/", startAfter: nil, maxKeys: 1000)
      #expect(Set(list.items.map { Text($0.key) }) == Set(keys.map { Text($0) }))
      _ = try await store.delete(keys)
      let rest = try await store.list(prefix: prefix + "nasty/", startAfter: nil, maxKeys: 1000)
      #expect(rest.items.isEmpty)
    }
  }

  @Test("a list goes on after the last key of the page before")
  func paging() async throws {
    try await RealServer.use { store, prefix in
      let keys = (100..<125).map { "\(prefix)page/\($0)" }
      for key in keys { _ = try await store.put(key, Array("0123".utf8)) }
      var found: [ListAnswer.Item] = []
      while true {
        let page = try await store.list(
          prefix: prefix + "page/", startAfter: found.last?.key, maxKeys: 7)
        found += page.items
        #expect(page.date != nil)
        #expect(page.items.count <= 7)
        if !page.isTruncated { break }
      }
      #expect(found.map(\.key) == keys)
      #expect(found.allSatisfy { $0.size == 4 && $0.lastModified != nil })
      let last = try await store.list(prefix: prefix + "page/", startAfter: keys.last, maxKeys: 7)
      #expect(last.items.isEmpty)
    }
  }

  @Test("ranges give the bytes they name, the object's size, and nothing past its end")
  func ranges() async throws {
    let body = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    try await RealServer.use { store, prefix in
      let key = prefix + "ranges"
      _ = try await store.put(key, body)
      let ranges: [(ByteRange, ArraySlice<UInt8>)] = [
        (.from(offset: 0, count: 10), body[..<10]), (.from(offset: 990, count: 100), body[990...]),
        (.from(offset: 999, count: 1), body[999...]),
        (.from(offset: 5, count: Int.max), body[5...]),
        (.from(offset: 1000, count: 5), []), (.from(offset: 5000, count: 5), []),
        (.last(3), body[997...]), (.last(1000), body[...]), (.last(5000), body[...]),
      ]
      for (range, expected) in ranges {
        let object = try #require(try await store.get(key, range: range).object, "\(range)")
        #expect(object.body == Array(expected), "\(range)")
        #expect(object.size == 1000, "\(range)")
        #expect(object.date != nil)
      }
      let whole = try #require(try await store.get(key).object)
      #expect(whole.body == body && whole.lastModified != nil)
      _ = try await store.put(key, [])
      #expect(try await store.get(key).object?.body == [])
      #expect(try await store.get(key, range: .from(offset: 0, count: 5)).object?.size == 0)
      #expect(try await store.get(key, range: .last(5)).object?.body == [])
    }
  }

  @Test("a missing object is not found, also in a range; deleting it is no error")
  func missing() async throws {
    try await RealServer.use { store, prefix in
      #expect(try await store.get(prefix + "none").object == nil)
      #expect(try await store.get(prefix + "none", range: .last(4)).object == nil)
      _ = try await store.delete(prefix + "none")
      _ = try await store.delete([prefix + "none", prefix + "none2"])
    }
  }

  @Test("a large body goes in parts and comes back whole")
  func parts() async throws {
    var configuration = RealServer.configuration()
    configuration.limits.singlePutBytesMax = 12 << 20
    configuration.limits.partBytes = 5 << 20
    let size = (23 << 20) + 17
    let body = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      for i in 0..<size { buffer[i] = UInt8(truncatingIfNeeded: i &* 2_654_435_761 &>> 13) }
      count = size
    }
    try await RealServer.use(configuration) { store, prefix in
      let date = try await store.put(prefix + "parts", body)
      #expect(date != nil)
      let object = try #require(try await store.get(prefix + "parts").object)
      #expect(object.body == body)
      _ = try await store.delete(prefix + "parts")
    }
  }

  @Test("a missing bucket is an error, for reads too")
  func missingBucket() async throws {
    var configuration = RealServer.configuration()
    configuration.bucket = "apus-no-such-bucket"
    try await RealServer.use(configuration) { store, prefix in
      let error = try await #require(throws: ObjectStoreError.self) {
        _ = try await store.get(prefix + "k")
      }
      #expect(error.code == .noSuchBucket && !error.mayHaveBeenApplied)
      #expect(error.message.contains("create the bucket"))
      let create = try await #require(throws: ObjectStoreError.self) {
        _ = try await store.create(prefix + "k", [1])
      }
      #expect(create.code == .noSuchBucket && !create.mayHaveBeenApplied)
    }
  }

  @Test("wrong keys are named as the reason, without the secret")
  func wrongKeys() async throws {
    var configuration = RealServer.configuration()
    configuration.credentials = FixedCredentials(
      S3Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-secret"))
    try await RealServer.use(configuration) { store, prefix in
      let error = try await #require(throws: ObjectStoreError.self) {
        _ = try await store.create(prefix + "k", [1])
      }
      #expect(error.code == .accessDenied && !error.mayHaveBeenApplied)
      #expect(error.message.contains("AWS_ACCESS_KEY_ID"))
      #expect(!error.message.contains("not-a-secret"))
    }
  }

  @Test("a clock that is hours wrong is corrected by the store's answers")
  func skew() async throws {
    let clock: @Sendable () -> Double = { RealServer.systemTime() - 7200 }
    let store = try S3Store(
      RealServer.configuration(), clock: SystemServerClock(), wallClock: clock)
    let retrying = RetryingStore(store, clock: SystemServerClock(), random: SystemRandomSource())
    do {
      #expect(try await retrying.get("s3store-tests/none").object == nil)
      #expect(try await store.get("s3store-tests/none").object == nil)
    } catch {
      try await store.shutdown()
      throw error
    }
    try await store.shutdown()
  }
}
