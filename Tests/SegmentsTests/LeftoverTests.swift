import FoundationEssentials
import Model
import ObjectStore
import Segments
import Testing
import VectorIndex

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Local copies that an earlier process left", .timeLimit(.minutes(1)))
struct LeftoverTests {
  private let rows = Samples.rows(600, dimension: 200, seed: 5)
  private let built: BuiltSegment
  private let store: LimpingStore

  init() async throws {
    built = try Samples.build(rows, dimension: 200, codes: Samples.basis(dimension: 200))
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    store = LimpingStore(bucket, failing: 0..<0)
  }

  private func cache(
    _ bytes: [UInt8]?, limits: SegmentCacheLimits = SegmentCacheLimits()
  ) -> SegmentCache {
    SegmentCache(
      store: store,
      workspace: MemoryWorkspace(leftovers: bytes.map { [built.summary.id: $0] } ?? [:]),
      limits: limits)
  }

  /// Checks the segment's answers, before and after all of it was looked at.
  private func check(_ cache: SegmentCache, clock: any ServerClock = HandClock()) async throws {
    let segment = try await cache.open(built.summary, key: Samples.key)
    #expect(try await segment.allRows() == rows)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cache.run(clock: clock) }
      // Documents are the last that are looked at.
      let all = RowSet(count: rows.count, filledWith: true)
      try await segment.forEachDocument(in: all) { _, _ in }
      group.cancelAll()
    }
    let asked = store.gets
    #expect(segment.hasVectorsAtHand)
    #expect(try await segment.allRows() == rows)
    #expect(store.gets == asked)
    #expect(cache.figures.hotBytes + cache.figures.coldBytes == built.bytes.count)
  }

  @Test("are used without a request")
  func whole() async throws {
    try await check(cache(built.bytes))
    #expect(store.gets == 0)
  }

  @Test("of which a byte is wrong give right answers, and that block is fetched")
  func damagedByte() async throws {
    let random = SeededRandomSource(seed: 3)
    var places = (0..<40).map { _ in Int(random.next(below: UInt64(built.bytes.count))) }
    places += [0, built.summary.hotOffset - 1, built.summary.hotOffset, built.bytes.count - 1]
    for place in places {
      var bytes = built.bytes
      bytes[place] ^= 1 << UInt8(random.next(below: 8))
      let before = (store.gets, store.bytes)
      try await check(cache(bytes))
      #expect(store.gets > before.0)
      let hotBytes = built.bytes.count - built.summary.hotOffset
      // The reads before the block was mended ask for it, too.
      #expect(place >= built.summary.hotOffset || store.bytes - before.1 < built.bytes.count * 3)
      #expect(place < built.summary.hotOffset || store.bytes - before.1 == hotBytes)
    }
  }

  @Test("that were filled in part are filled with what is missing alone")
  func partial() async throws {
    let half = built.summary.hotOffset / 2
    var bytes = built.bytes
    for place in 0..<half { bytes[place] = 0 }
    let cache = cache(bytes)
    let segment = try await cache.open(built.summary, key: Samples.key)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await cache.run(clock: HandClock()) }
      let all = RowSet(count: rows.count, filledWith: true)
      try? await segment.forEachDocument(in: all) { _, _ in }
      group.cancelAll()
    }
    #expect(try await segment.allRows() == rows)
    #expect(store.bytes >= half - 64)
    // Blocks are of 64 KiB; sections that meet within one ask for it once each.
    #expect(store.bytes <= half + 4 * 64 << 10)
  }

  @Test("of another size or of nothing but zeros are as good as none")
  func useless() async throws {
    for bytes in [
      Array(built.bytes.dropLast()), [], [UInt8](repeating: 0, count: built.bytes.count),
    ] {
      let before = store.bytes
      try await check(cache(bytes))
      #expect(store.bytes - before >= built.bytes.count)
    }
  }

  @Test("answer what is right of them while the bucket does not, and are filled when it does again")
  func bucketAway() async throws {
    var bytes = built.bytes
    bytes[built.summary.hotOffset - 1] ^= 1
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    let store = LimpingStore(bucket, failing: 0..<built.bytes.count)
    let cache = SegmentCache(
      store: store, workspace: MemoryWorkspace(leftovers: [built.summary.id: bytes]))
    let clock = HandClock()
    let segment = try await cache.open(built.summary, key: Samples.key)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cache.run(clock: clock) }
      while clock.nextEnd == nil { try await Task.sleep(for: .milliseconds(2)) }
      #expect(try await segment.vectors(Array(0..<600)) == rows.map(\.vector))
      await #expect(throws: SegmentError.self) { try await segment.documents(Array(0..<600)) }
      store.mend()
      clock.pass(.seconds(1))
      #expect(try await segment.allRows() == rows)
      let all = RowSet(count: rows.count, filledWith: true)
      try await segment.forEachDocument(in: all) { _, _ in }
      group.cancelAll()
    }
    #expect(cache.figures.hotBytes + cache.figures.coldBytes == built.bytes.count)
  }

  @Test("count against the limit until they are claimed or removed")
  func limit() async throws {
    let other = UniqueID(high: 9, low: 9)
    let limits = SegmentCacheLimits(workspaceBytes: built.bytes.count + (20 << 10))
    let cache = SegmentCache(
      store: store,
      workspace: MemoryWorkspace(leftovers: [built.summary.id: built.bytes, other: [1, 2, 3]]),
      limits: limits)
    #expect(cache.hasLeftovers)
    // There is room for its own bytes, which were counted already.
    try await check(cache)
    #expect(store.gets == 0)
    #expect(cache.hasLeftovers)
    #expect(cache.removeLeftovers() == 3)
    #expect(!cache.hasLeftovers)

    let full = SegmentCache(
      store: store,
      workspace: MemoryWorkspace(leftovers: [other: [UInt8](repeating: 0, count: 5000)]),
      limits: limits)
    let segment = try await full.open(built.summary, key: Samples.key)
    #expect(full.figures.coldBytes == 0)
    #expect(try await segment.allRows() == rows)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await full.run(clock: HandClock()) }
      #expect(full.removeLeftovers() == 5000)
      while !segment.hasVectorsAtHand { try? await Task.sleep(for: .milliseconds(2)) }
      group.cancelAll()
    }
    #expect(full.figures.coldBytes == built.summary.hotOffset)
    #expect(try await segment.allRows() == rows)
  }

  @Test("with a limit below what a segment takes on the disk, its cold part stays in the bucket")
  func hotCounts() async throws {
    let limits = SegmentCacheLimits(workspaceBytes: built.bytes.count - 1)
    for bytes in [built.bytes, nil] {
      let cache = cache(bytes, limits: limits)
      let segment = try await cache.open(built.summary, key: Samples.key)
      #expect(try await segment.allRows() == rows)
      #expect(cache.figures.coldBytes == 0)
    }
    let cache = cache(nil, limits: limits)
    let segment = try await cache.adopt(built, key: Samples.key)
    #expect(cache.figures.coldBytes == 0)
    #expect(try await segment.allRows() == rows)
  }

  // MARK: In a folder

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("apus-leftovers-\(UInt64.random(in: 0 ... .max))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private func files(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  @Test("are files that were kept; the next process uses them and removes them when they go")
  func keptFiles() async throws {
    try await withFolder { path in
      do {
        let workspace = try FolderWorkspace(path: path)
        let cache = SegmentCache(store: store, workspace: workspace)
        let segment = try await cache.adopt(built, key: Samples.key)
        #expect(segment.rowCount == 600)
        workspace.keepFiles()
      }
      #expect(try files(path) == ["\(built.summary.id)"])
      let workspace = try FolderWorkspace(path: path)
      #expect(workspace.leftoverBytes >= built.bytes.count)
      let cache = SegmentCache(store: store, workspace: workspace)
      #expect(cache.hasLeftovers)
      try await check(cache)
      #expect(store.gets == 0)
      #expect(try files(path).isEmpty)
    }
  }

  @Test("of which a byte was changed on the disk give right answers")
  func damagedFile() async throws {
    try await withFolder { path in
      for place in stride(from: 0, to: built.bytes.count, by: 10_007) {
        var bytes = built.bytes
        bytes[place] &+= 1
        let file = "\(path)/\(built.summary.id)"
        #expect(FileManager.default.createFile(atPath: file, contents: Data(bytes)))
        let before = store.gets
        try await check(SegmentCache(store: store, workspace: try FolderWorkspace(path: path)))
        #expect(store.gets > before)
      }
    }
  }

  @Test("are plain files of their own name alone; whatever else there is goes")
  func otherFiles() async throws {
    try await withFolder { path in
      let names = ["\(UniqueID(high: 0, low: 1))", "\(UniqueID(high: 0, low: 2))"]
      #expect(FileManager.default.createFile(atPath: "\(path)/something", contents: Data([1])))
      #expect(FileManager.default.createFile(atPath: "\(path)/\(names[0])", contents: Data([1])))
      #expect(link("\(path)/\(names[0])", "\(path)/\(names[1])") == 0)
      let id = built.summary.id
      #expect(symlink("/etc/passwd", "\(path)/\(id)") == 0)
      let workspace = try FolderWorkspace(path: path)
      #expect(workspace.leftoverBytes == 0)
      #expect(workspace.claimLeftover(of: id, size: 1) == nil)
      #expect(try files(path).isEmpty)
    }
  }

  @Test("are the largest of several copies, and of those the newest that fit")
  func bounded() async throws {
    try await withFolder { path in
      let ids = (0..<4).map { UniqueID(high: 7, low: UInt64($0)) }
      for (index, id) in ids.enumerated() {
        let file = "\(path)/\(id)"
        let data = Data(repeating: 1, count: 64 << 10)
        #expect(FileManager.default.createFile(atPath: file, contents: data))
        let time = timeval(tv_sec: 1000 + index, tv_usec: 0)
        var times = [time, time]
        #expect(utimes(file, &times) == 0)
      }
      #expect(
        FileManager.default.createFile(atPath: "\(path)/\(ids[3])-1", contents: Data([1])))
      let workspace = try FolderWorkspace(path: path, bytesMax: 150 << 10)
      #expect(try files(path) == ["\(ids[2])", "\(ids[3])"])
      #expect(workspace.leftoverBytes <= 150 << 10)
      #expect(workspace.removeLeftovers() >= 128 << 10)
      #expect(try files(path).isEmpty)
    }
  }

  @Test("a copy that another one's file is in the way of gets a name of its own")
  func names() async throws {
    try await withFolder { path in
      let workspace = try FolderWorkspace(path: path)
      let first = try await SegmentCache(store: store, workspace: workspace)
        .adopt(built, key: Samples.key)
      var second: Segment? = try await SegmentCache(store: store, workspace: workspace)
        .adopt(built, key: Samples.key)
      #expect(try files(path).count == 2)
      #expect(try await second?.allRows() == rows)
      second = nil
      #expect(try files(path) == ["\(built.summary.id)"])
      #expect(try await first.allRows() == rows)
    }
  }
}
