import ObjectStore
import Simulation
import Testing

@Suite("the simulated bucket")
struct SimulatedBucketTests {
  private func harness(time: SimulatedBucket.Time = .init()) -> StoreHarness {
    StoreHarness(SimulatedStoreTests.fixed, time: time)
  }

  @Test("the store's time is virtual time, and can be set back")
  func time() throws {
    var time = SimulatedBucket.Time()
    time.start = 1_000_000
    let harness = harness(time: time)
    defer { harness.simulation.tearDown() }
    #expect(
      try harness.create("a").get() == .created(date: .init(millisecondsSince1970: 1_000_020)))
    #expect(try harness.create("a").get() == .exists(date: .init(millisecondsSince1970: 1_000_060)))
    harness.bucket.shiftClock(by: .seconds(-100))
    guard case .found(let object) = try harness.get("a").get() else {
      Issue.record("not found")
      return
    }
    #expect(object.lastModified == .init(millisecondsSince1970: 1_000_020))
    #expect(object.date == .init(millisecondsSince1970: 900_090))
  }

  @Test("whole seconds are rounded down, and a store may not tell the time")
  func coarseTime() throws {
    var time = SimulatedBucket.Time()
    time.start = 1_999
    time.isInWholeSeconds = true
    let coarse = harness(time: time)
    #expect(try coarse.create("a").get() == .created(date: .init(millisecondsSince1970: 2_000)))
    #expect(
      SimulatedBucket(SimulationScheduler(seed: 1), time: time).date
        == .init(millisecondsSince1970: 1_000))
    time.isTold = false
    let silent = harness(time: time)
    #expect(try silent.create("a").get() == .created(date: nil))
    coarse.simulation.tearDown()
    silent.simulation.tearDown()
  }

  @Test("keys are listed in the order of their bytes, in pages")
  func list() throws {
    let harness = harness()
    defer { harness.simulation.tearDown() }
    // Composed and decomposed: two keys, though equal as strings.
    let keys = ["a/1", "a/2", "a/10", "b", "a/\u{e9}", "a/e\u{301}", "a/\u{1F426}", "a"]
    for key in keys { _ = try harness.create(key).get() }
    #expect(harness.bucket.keys().count == keys.count)
    let store = harness.store
    let pages = try harness.simulation.value(on: harness.node) {
      var pages: [[String]] = []
      var after: String?
      while true {
        let answer = try await store.list(prefix: "a/", startAfter: after, maxKeys: 4)
        pages.append(answer.items.map(\.key))
        guard answer.isTruncated else { return pages }
        after = answer.items.last?.key
      }
    }
    #expect(
      pages.map { $0.map { Array($0.utf8) } }
        == [
          ["a/1", "a/10", "a/2", "a/e\u{301}"], ["a/\u{e9}", "a/\u{1F426}"],
        ].map { $0.map { Array($0.utf8) } })
  }

  @Test(
    "parts of an object",
    arguments: [
      (nil, [0, 1, 2, 3, 4]), (.from(offset: 1, count: 2), [1, 2]),
      (.from(offset: 3, count: 9), [3, 4]), (.from(offset: 5, count: 1), []), (.last(2), [3, 4]),
      (.last(9), [0, 1, 2, 3, 4]),
    ] as [(ByteRange?, [UInt8])])
  func ranges(range: ByteRange?, part: [UInt8]) throws {
    let harness = harness()
    defer { harness.simulation.tearDown() }
    _ = try harness.create("a", [0, 1, 2, 3, 4])
    guard case .found(let object) = try harness.get("a", range).get() else {
      Issue.record("not found")
      return
    }
    #expect(object.body == part)
    #expect(object.size == 5)
  }

  @Test("puts replace, deletes delete, and the journal has what changed something")
  func journal() throws {
    let harness = harness()
    defer { harness.simulation.tearDown() }
    let store = harness.store
    try harness.simulation.value(on: harness.node) {
      _ = try await store.create("a", [1])
      _ = try await store.create("a", [2])
      _ = try await store.put("a", [])
      _ = try await store.create("a", [3])
      _ = try await store.put("b", [4])
      _ = try await store.delete("c")
      _ = try await store.delete(["a", "c", "b"])
    }
    #expect(harness.bucket.keys().isEmpty)
    let entries = harness.bucket.journal.map { "\($0.kind) \($0.key)" }
    #expect(entries == ["create a", "put a", "put b", "delete a", "delete b"])
  }

  @Test("a request that no store accepts is refused")
  func invalid() throws {
    let harness = harness()
    defer { harness.simulation.tearDown() }
    for result in [
      try harness.get(""), try harness.get(String(repeating: "k", count: 1025)),
      try harness.get("a", .last(0)), try harness.get("a", .from(offset: -1, count: 1)),
    ] {
      guard case .failure(let error) = result else {
        Issue.record("accepted")
        continue
      }
      #expect(error.code == .invalidRequest && !error.mayHaveBeenApplied)
    }
  }
}
