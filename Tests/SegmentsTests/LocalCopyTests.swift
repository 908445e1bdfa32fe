import Model
import ObjectStore
import Segments
import Testing

@Suite("Local copies that could not be filled at once", .timeLimit(.minutes(1)))
struct LocalCopyTests {
  private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
  }

  private func running(
    _ cache: SegmentCache, _ clock: any ServerClock, _ body: () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cache.run(clock: clock) }
      try await body()
      group.cancelAll()
    }
  }

  @Test("a failed fetch takes no room, and is tried again after pauses that grow")
  func retry() async throws {
    let rows = Samples.rows(300, seed: 1)
    let built = try Samples.build(rows)
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    let store = LimpingStore(bucket, failing: 0..<built.summary.hotOffset)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace())
    let clock = HandClock()
    try await running(cache, clock) {
      let segment = try await cache.open(built.summary, key: Samples.key)
      var pauses: [Duration] = []
      for _ in 0..<4 {
        try await until { clock.nextEnd != nil }
        #expect(cache.figures.coldBytes == 0)
        let pause = try #require(clock.nextEnd) - clock.now()
        pauses.append(pause)
        let before = store.gets
        // One moment too early: nothing is asked.
        clock.pass(pause - .milliseconds(1))
        #expect(store.gets == before)
        clock.pass(.milliseconds(1))
        try await until { store.gets > before }
      }
      #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
      // Queries meanwhile ask the bucket, and say that it does not answer.
      await #expect(throws: SegmentError.self) { try await segment.vectors([0]) }
      store.mend()
      #expect(try await segment.allRows() == rows)
      try await until { clock.nextEnd != nil }
      clock.pass(.seconds(16))
      try await until { cache.figures.coldBytes == built.summary.hotOffset }
      try await readLocally(segment, rows, store)
    }
  }

  /// Reads all rows again and again until that asks the store nothing any more.
  private func readLocally(
    _ segment: Segment, _ rows: [SampleRow], _ store: LimpingStore
  ) async throws {
    var before = -1
    while before != store.gets {
      before = store.gets
      #expect(try await segment.allRows() == rows)
    }
  }

  /// The number of reads once it does not grow any more.
  private func settledGets(_ store: LimpingStore) async throws -> Int {
    var last = -1
    while last != store.gets {
      last = store.gets
      try await Task.sleep(for: .milliseconds(50))
    }
    return last
  }

  @Test("what was fetched before a failure stays and keeps its room")
  func half() async throws {
    let rows = Samples.rows(300, dimension: 300, seed: 2)
    let built = try Samples.build(rows, dimension: 300)
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    // The vectors come first in the object; the documents fail.
    let store = LimpingStore(bucket, failing: 1..<built.summary.hotOffset)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace())
    let clock = HandClock()
    try await running(cache, clock) {
      let segment = try await cache.open(built.summary, key: Samples.key)
      try await until { clock.nextEnd != nil }
      #expect(cache.figures.coldBytes > 300 * 300 * 4)
      #expect(cache.figures.coldBytes < built.summary.hotOffset)
      let asked = store.gets
      #expect(try await segment.vectors([7]) == [rows[7].vector])
      #expect(store.gets == asked)
      store.mend()
      clock.pass(.seconds(1))
      try await until { cache.figures.coldBytes == built.summary.hotOffset }
      #expect(try await segment.allRows() == rows)
    }
  }

  @Test(
    "a segment that found no room is fetched once another has given some back",
    arguments: [false, true])
  func room(isAdopted: Bool) async throws {
    let rows = Samples.rows(300, seed: 3)
    let built = try Samples.build(rows)
    var builder = SegmentBuilder(id: UniqueID(high: 1, low: 3), dimension: 3, hashSeed: 77)
    try rows[0].vector.withUnsafeBufferPointer { vector in
      try builder.append(
        offset: 1, id: "other", vector: vector, document: nil, uri: nil, metadata: Metadata())
    }
    let other = builder.finish()
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    let metered = LimpingStore(bucket, failing: 0..<0)
    let cache = SegmentCache(
      store: metered, workspace: MemoryWorkspace(),
      limits: SegmentCacheLimits(workspaceBytes: built.bytes.count + (24 << 10)))
    try await running(cache, HandClock()) {
      var holder: Segment? = try await cache.adopt(other, key: "other")
      #expect(holder?.rowCount == 1)
      let segment =
        isAdopted
        ? try await cache.adopt(built, key: Samples.key)
        : try await cache.open(built.summary, key: Samples.key)
      // It does not wait for room: nobody knows whether there will ever be any.
      #expect(try await segment.allRows() == rows)
      let remote = metered.gets
      #expect(remote > (isAdopted ? 0 : 1))
      holder = nil
      try await until { metered.gets > remote }
      try await readLocally(segment, rows, metered)
      #expect(cache.figures.coldBytes == built.summary.hotOffset)
    }
  }

  @Test("a segment that waits for room or for another attempt is released with its last user")
  func released() async throws {
    let built = try Samples.build(Samples.rows(300, seed: 4))
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    let store = LimpingStore(bucket, failing: 0..<built.summary.hotOffset)
    for workspaceBytes in [0, Int.max] {
      let cache = SegmentCache(
        store: store, workspace: MemoryWorkspace(),
        limits: SegmentCacheLimits(workspaceBytes: workspaceBytes))
      let clock = HandClock()
      try await running(cache, clock) {
        var segment: Segment? = try await cache.open(built.summary, key: Samples.key)
        #expect(segment?.rowCount == 300)
        if workspaceBytes > 0 { try await until { clock.nextEnd != nil } }
        segment = nil
        try await until { cache.figures == (0, 0) }
        let asked = store.gets
        clock.pass(.seconds(1000))
        #expect(try await settledGets(store) == asked)
      }
    }
  }
}
