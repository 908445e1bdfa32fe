import Model
import ObjectStore
import Testing

@Suite("every store keeps the protocol's promises")
struct ObjectStoreConformanceTests {
  @Test("a create of a key that is taken changes nothing", arguments: StoreUnderTest.all)
  func createOnce(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      try await expectCreated(store, prefix + "a", [1, 2, 3])
      try await expectExists(store, prefix + "a", [4])
      #expect(try await body(store, prefix + "a") == [1, 2, 3])
    }
  }

  @Test("of 16 creators at once one wins, and its body is there", arguments: StoreUnderTest.all)
  func race(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      for round in 0..<8 {
        let key = "\(prefix)race/\(round)"
        let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
          for creator in UInt8(1)...16 {
            group.addTask {
              let body = [UInt8](repeating: creator, count: 5000)
              do throws(ObjectStoreError) {
                guard case .created = try await store.create(key, body) else { return nil }
                return creator
              } catch {
                // A conflict (409) is a right answer, too, as long as another wins.
                guard error.code == .storeFailed else { throw error }
                return nil
              }
            }
          }
          return try await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
        }
        try #require(winners.count == 1)
        #expect(try await body(store, key) == [UInt8](repeating: winners[0], count: 5000))
      }
    }
  }

  @Test("a key without an object is not found", arguments: StoreUnderTest.all)
  func notFound(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      try await expectCreated(store, prefix + "folder/object", [1])
      for key in ["missing", "folder", "folder/missing", "folder/object/below", "no/such/folder"] {
        #expect(try await body(store, prefix + key) == nil, "\(key)")
      }
    }
  }

  @Test("ranges are cut at the object's end", arguments: StoreUnderTest.all)
  func ranges(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let key = prefix + "ranges"
      let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try await expectCreated(store, key, bytes)
      let cases: [(ByteRange, Range<Int>)] = [
        (.from(offset: 0, count: 1), 0..<1), (.from(offset: 0, count: 1000), 0..<1000),
        (.from(offset: 0, count: 5000), 0..<1000), (.from(offset: 999, count: 1), 999..<1000),
        (.from(offset: 400, count: 17), 400..<417), (.from(offset: 990, count: 100), 990..<1000),
        (.from(offset: 1000, count: 1), 0..<0), (.from(offset: 5000, count: 10), 0..<0),
        (.from(offset: 990, count: .max), 990..<1000), (.last(1), 999..<1000),
        (.last(1000), 0..<1000), (.last(5000), 0..<1000), (.last(.max), 0..<1000),
      ]
      for (range, bounds) in cases {
        guard case .found(let object) = try await store.get(key, range: range) else {
          Issue.record("\(range) not found")
          continue
        }
        #expect(object.body == Array(bytes[bounds]), "\(range)")
        if !bounds.isEmpty { #expect(object.size == 1000, "\(range)") }
      }
      guard case .notFound = try await store.get(prefix + "missing", range: .last(5)) else {
        Issue.record("a range of a missing object was found")
        return
      }
    }
  }

  @Test("an empty object is an object", arguments: StoreUnderTest.all)
  func empty(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      try await expectCreated(store, prefix + "empty", [])
      #expect(try await body(store, prefix + "empty") == [])
      for range in [ByteRange.from(offset: 0, count: 10), .last(10)] {
        guard case .found(let object) = try await store.get(prefix + "empty", range: range) else {
          Issue.record("\(range) of an empty object not found")
          continue
        }
        #expect(object.body.isEmpty)
      }
      try await expectExists(store, prefix + "empty", [1])
    }
  }

  @Test(
    "a put replaces the body, and a create over an emptied object is refused",
    arguments: StoreUnderTest.all)
  func put(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let key = prefix + "put/object"
      _ = try await store.put(key, [1, 2, 3])
      #expect(try await body(store, key) == [1, 2, 3])
      _ = try await store.put(key, [4])
      #expect(try await body(store, key) == [4])
      _ = try await store.put(key, [])
      #expect(try await body(store, key) == [])
      try await expectExists(store, key, [5])
      #expect(try await body(store, key) == [])
    }
  }

  @Test("5 MB come back as they went in", arguments: StoreUnderTest.all)
  func large(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let random = SeededRandomSource(seed: 5)
      let bytes = (0..<5_000_011).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      try await expectCreated(store, prefix + "created", bytes)
      _ = try await store.put(prefix + "put", bytes)
      #expect(try await body(store, prefix + "created") == bytes)
      #expect(try await body(store, prefix + "put") == bytes)
      let part = try await store.get(
        prefix + "created", range: .from(offset: 4_000_000, count: 1_000_000))
      guard case .found(let object) = part else {
        Issue.record("not found")
        return
      }
      #expect(object.body == Array(bytes[4_000_000..<5_000_000]))
    }
  }

  @Test(
    "what was deleted is gone, and deleting what is not there succeeds",
    arguments: StoreUnderTest.all)
  func delete(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let keys = ["a", "a/b", "a/b/c", "d"].map { prefix + $0 }
      for key in keys { try await expectCreated(store, key, Array(key.utf8)) }
      _ = try await store.delete(prefix + "a")
      _ = try await store.delete(prefix + "a")
      _ = try await store.delete(prefix + "never/was")
      #expect(try await allKeys(store, prefix) == Array(keys[1...]))

      _ = try await store.delete([prefix + "a/b/c", prefix + "missing", prefix + "d"])
      #expect(try await allKeys(store, prefix) == [prefix + "a/b"])
      #expect(try await body(store, prefix + "d") == nil)
      try await expectCreated(store, prefix + "a/b/c", [9])
      #expect(try await body(store, prefix + "a/b/c") == [9])
    }
  }

  @Test("1,000 objects are deleted at once", arguments: StoreUnderTest.all)
  func deleteMany(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let keys = (0..<1000).map { "\(prefix)many/\($0)" }
      for key in keys.prefix(60) { try await expectCreated(store, key, [1]) }
      _ = try await store.delete(keys)
      #expect(try await allKeys(store, prefix).isEmpty)
    }
  }

  @Test(
    "more than 1,000 objects are listed by pages of 1,000 and deleted by batches, no more at once",
    arguments: StoreUnderTest.all)
  func beyondOnePage(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let keys = (1000..<2005).map { "\(prefix)log/\($0)" }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for start in stride(from: 0, to: keys.count, by: 100) {
          group.addTask {
            for key in keys[start..<min(start + 100, keys.count)] {
              try await expectCreated(store, key, [])
            }
          }
        }
        try await group.waitForAll()
      }
      let first = try await store.list(prefix: "\(prefix)log/", startAfter: nil, maxKeys: 5000)
      #expect(first.items.map(\.key) == Array(keys[..<1000]) && first.isTruncated)
      let rest = try await store.list(prefix: "\(prefix)log/", startAfter: keys[999], maxKeys: 1000)
      #expect(rest.items.map(\.key) == Array(keys[1000...]) && !rest.isTruncated)
      let error = await #expect(throws: ObjectStoreError.self) { try await store.delete(keys) }
      #expect(error?.code == .invalidRequest)
      #expect(try await allKeys(store, prefix) == keys)
      _ = try await store.delete(Array(keys[5...].prefix(1000)))
      #expect(try await allKeys(store, prefix) == Array(keys[..<5]))
      _ = try await store.delete(Array(keys[..<1000]))
      #expect(try await allKeys(store, prefix).isEmpty)
    }
  }

  @Test(
    "a store without begun uploads lists none, and giving one up does nothing",
    arguments: StoreUnderTest.all)
  func noUploads(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      try await expectCreated(store, prefix + "k", [1])
      let list = try await store.listUploads(prefix: prefix + "k")
      #expect(list.items.isEmpty && !list.isTruncated)
      #expect(try await body(store, prefix + "k") == [1])
    }
  }

  @Test(
    "answers have the store's time, and objects the time of their writing",
    arguments: StoreUnderTest.all)
  func dates(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let key = prefix + "dated"
      let created = try #require(try await expectCreated(store, key, [1]))
      guard case .found(let first) = try await store.get(key) else {
        Issue.record("not found")
        return
      }
      let read = try #require(first.date)
      let lastModified = try #require(first.lastModified)
      #expect(created <= read)
      #expect(lastModified <= read)
      #expect(created.since(lastModified) < .seconds(2))
      #expect(lastModified.since(created) < .seconds(2))

      guard case .notFound(let date) = try await store.get(prefix + "missing") else {
        Issue.record("found")
        return
      }
      #expect(try #require(date) >= read)
      let put = try #require(try await store.put(key, [2]))
      #expect(put >= read)
      let list = try await store.list(prefix: prefix, startAfter: nil, maxKeys: 10)
      #expect(try #require(list.date) >= put)
      let listed = try #require(list.items.first?.lastModified)
      #expect(listed >= lastModified)
      let exists = try #require(try await expectExists(store, key, [3]))
      #expect(exists >= put)
      #expect(try #require(try await store.delete(key)) >= exists)
    }
  }

  @Test("keys are one byte to 1,024 bytes long", arguments: StoreUnderTest.all)
  func keyLimits(on place: StoreUnderTest) async throws {
    try await place { store, _ in
      for key in ["", String(repeating: "x", count: 1025)] {
        await #expect(throws: ObjectStoreError.self) { try await store.create(key, [1]) }
      }
    }
  }
}

@discardableResult
func expectCreated(
  _ store: any ObjectStore, _ key: String, _ bytes: [UInt8],
  at location: SourceLocation = #_sourceLocation
) async throws -> StoreTime? {
  let answer = try await store.create(key, bytes)
  guard case .created(let date) = answer else {
    Issue.record("'\(key)' was there", sourceLocation: location)
    return nil
  }
  return date
}

@discardableResult
func expectExists(
  _ store: any ObjectStore, _ key: String, _ bytes: [UInt8],
  at location: SourceLocation = #_sourceLocation
) async throws -> StoreTime? {
  let answer = try await store.create(key, bytes)
  guard case .exists(let date) = answer else {
    Issue.record("'\(key)' was created again", sourceLocation: location)
    return nil
  }
  return date
}

/// Nil if there is no such object.
func body(_ store: any ObjectStore, _ key: String) async throws -> [UInt8]? {
  guard case .found(let object) = try await store.get(key) else { return nil }
  #expect(object.size == object.body.count)
  return object.body
}

/// Page by page.
func allKeys(
  _ store: any ObjectStore, _ prefix: String, after: String? = nil, pageSize: Int = 1000
) async throws -> [String] {
  var keys: [String] = []
  var after = after
  while true {
    let page = try await store.list(prefix: prefix, startAfter: after, maxKeys: pageSize)
    #expect(page.items.count <= pageSize)
    keys += page.items.map(\.key)
    guard page.isTruncated else { return keys }
    after = try #require(page.items.last?.key)
  }
}
