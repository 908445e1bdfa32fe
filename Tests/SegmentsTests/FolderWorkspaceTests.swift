import FoundationEssentials
import Model
import ObjectStore
import Segments
import Testing
import VectorIndex

@Suite("Local copies in a folder")
struct FolderWorkspaceTests {
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("apus-segments-\(UInt64.random(in: 0 ... .max))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    // Holds nothing but what the workspace made: plain files.
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private func files(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path)
  }

  @Test("are files while the segment is open, and gone afterwards")
  func lifetime() async throws {
    try await withFolder { path in
      let rows = Samples.rows(200, seed: 2)
      let built = try Samples.build(rows)
      let cache = SegmentCache(store: Samples.store(), workspace: try FolderWorkspace(path: path))
      var segment: Segment? = try await cache.adopt(built, key: Samples.key)
      #expect(try files(path) == ["\(built.summary.id)"])
      #expect(try await segment?.allRows() == rows)
      #expect(cache.figures.hotBytes + cache.figures.coldBytes == built.bytes.count)
      segment = nil
      #expect(try files(path).isEmpty)
      #expect(cache.figures == (0, 0))
    }
  }

  @Test("are filled in the background, and give the same answers when memory is short")
  func background() async throws {
    try await withFolder { path in
      let rows = Samples.rows(2000, dimension: 700, seed: 6)
      let built = try Samples.build(rows, dimension: 700)
      let store = Samples.store()
      _ = try await store.put(Samples.key, built.bytes)
      for memoryBytes in [Int.max, 1] {
        let cache = SegmentCache(
          store: store, workspace: try FolderWorkspace(path: path),
          limits: SegmentCacheLimits(memoryBytes: memoryBytes))
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await cache.run(clock: SystemServerClock()) }
          let segment = try await cache.open(built.summary, key: Samples.key)
          var last = 0
          // Waits for the vectors, which are being fetched.
          try await segment.forEachVectorPiece(rows: nil) { range, column throws(SegmentError) in
            #expect(range.lowerBound == last)
            last = range.upperBound
            for row in stride(from: 0, to: range.count, by: 97) {
              #expect(column[row] == rows[range.lowerBound + row].vector)
            }
          }
          #expect(last == 2000)
          #expect(try await segment.allRows() == rows)
          group.cancelAll()
        }
      }
    }
  }

  @Test("go on when the folder was deleted, and what was open stays readable")
  func deletedFolder() async throws {
    try await withFolder { path in
      let rows = Samples.rows(50, seed: 3)
      let built = try Samples.build(rows)
      let workspace = try FolderWorkspace(path: path)
      let first = SegmentCache(store: Samples.store(), workspace: workspace)
      let segment = try await first.adopt(built, key: Samples.key)
      try FileManager.default.removeItem(atPath: path)
      #expect(try await segment.allRows() == rows)
      let second = SegmentCache(store: Samples.store(), workspace: workspace)
      #expect(try await second.adopt(built, key: Samples.key).allRows() == rows)
    }
  }

  @Test("a link that somebody put there is not followed")
  func link() async throws {
    try await withFolder { path in
      let built = try Samples.build(Samples.rows(3, seed: 2))
      let target = path + "-target"
      defer { try? FileManager.default.removeItem(atPath: target) }
      #expect(FileManager.default.createFile(atPath: target, contents: Data([1, 2, 3])))
      try FileManager.default.createSymbolicLink(
        atPath: path + "/\(built.summary.id)", withDestinationPath: target)
      let cache = SegmentCache(store: Samples.store(), workspace: try FolderWorkspace(path: path))
      let segment = try await cache.adopt(built, key: Samples.key)
      #expect(FileManager.default.contents(atPath: target) == Data([1, 2, 3]))
      #expect(try await segment.allRows().count == 3)
    }
  }
}
