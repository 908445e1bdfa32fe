import Model
import ObjectStore
import Segments
import Synchronization
import Testing
import VectorIndex

@Suite("A segment")
struct SegmentTests {
  /// Opens as another server would, with the cold parts in the bucket or in the local copy.
  private func open(
    _ built: BuiltSegment, on store: MemoryStore, isLocal: Bool
  ) async throws -> Segment {
    let limits = SegmentCacheLimits(workspaceBytes: isLocal ? .max : 0)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace(), limits: limits)
    guard isLocal else { return try await cache.open(built.summary, key: Samples.key) }
    return try await cache.adopt(built, key: Samples.key)
  }

  @Test("gives back what was put in", arguments: [0, 1, 7, 64, 500], [false, true])
  func roundTrip(count: Int, isLocal: Bool) async throws {
    let rows = Samples.rows(count, seed: UInt64(count))
    let built = try Samples.build(rows)
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let segment = try await open(built, on: store, isLocal: isLocal)
    #expect(try await segment.allRows() == rows)
    for (row, sample) in rows.enumerated() {
      #expect(segment.row(of: sample.id) == row)
      #expect(segment.hasDocument(row) == (sample.document != nil))
      #expect(segment.documentBytes(row) == sample.document?.utf8Count ?? 0)
    }
    #expect(segment.row(of: "nobody") == nil)
    #expect(segment.observedKeys.allSatisfy { !$0.key.hasPrefix("chroma:") })

    var seen: [(Int, Text?)] = []
    try await segment.forEachDocument(in: RowSet(count: count, filledWith: true)) { row, bytes in
      seen.append((row, bytes.flatMap { Text(utf8: $0) }))
    }
    #expect(seen.map(\.0) == Array(0..<count))
    #expect(seen.map(\.1) == rows.map(\.document))

    let vectors = Mutex<[[Float]]>([])
    try await segment.forEachVectorPiece(rows: nil) { range, column throws(SegmentError) in
      for row in 0..<range.count { vectors.withLock { $0.append(column[row]) } }
    }
    #expect(vectors.withLock { $0 } == rows.map(\.vector))
  }

  @Test("is opened by one ranged GET, and a document is one more")
  func requests() async throws {
    let built = try Samples.build(Samples.rows(300, seed: 5))
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let metered = MeteredStore(store, clock: SystemServerClock())
    let cache = SegmentCache(
      store: metered, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
    let segment = try await cache.open(built.summary, key: Samples.key)
    #expect(metered.metrics.get.calls == 1)
    _ = try await segment.documents([7, 8, 9])
    #expect(metered.metrics.get.calls == 2)
    #expect(try await cache.open(built.summary, key: Samples.key) === segment)
    #expect(metered.metrics.get.calls == 2)
  }

  @Test("a byte that was changed anywhere is noticed and named, and never believed")
  func everyByte() async throws {
    let rows = Samples.rows(12, seed: 9)
    let built = try Samples.build(rows)
    for at in built.bytes.indices {
      var bytes = built.bytes
      bytes[at] ^= 1 << UInt8(at % 8)
      let store = Samples.store()
      _ = try await store.put(Samples.key, bytes)
      do throws(SegmentError) {
        let cache = SegmentCache(
          store: store, workspace: MemoryWorkspace(),
          limits: SegmentCacheLimits(workspaceBytes: 0))
        let segment = try await cache.open(built.summary, key: Samples.key)
        try await segment.verify()
        Issue.record("a change of byte \(at) of \(bytes.count) was not noticed")
      } catch {
        guard case .damaged(Samples.key, _) = error else {
          Issue.record("byte \(at): \(error)")
          continue
        }
      }
    }
  }

  @Test("one that was cut short, or is not there, says so")
  func cutShort() async throws {
    let built = try Samples.build(Samples.rows(40, seed: 3))
    for length in stride(from: 0, to: built.bytes.count, by: 97) {
      let store = Samples.store()
      _ = try await store.put(Samples.key, Array(built.bytes[..<length]))
      await #expect(throws: SegmentError.self) {
        try await open(built, on: store, isLocal: false)
      }
    }
    do {
      _ = try await open(built, on: Samples.store(), isLocal: false)
      Issue.record("a missing object was opened")
    } catch SegmentError.missing(let key) {
      #expect(key == Samples.key)
    }
  }

  @Test("random bytes in what is always read give an error, and never a trap")
  func hostile() async throws {
    let random = SeededRandomSource(seed: 4)
    let built = try Samples.build(Samples.rows(20, seed: 4))
    for _ in 0..<2000 {
      var bytes = built.bytes
      for _ in 0..<1 + random.next(below: 4) {
        let span = UInt64(bytes.count - built.summary.hotOffset)
        let at = built.summary.hotOffset + Int(random.next(below: span))
        bytes[at] = UInt8(random.next(below: 256))
      }
      let store = Samples.store()
      _ = try await store.put(Samples.key, bytes)
      _ = try? await open(built, on: store, isLocal: false)
    }
  }

  @Test("the same rows give the same bytes, and an old segment stays readable")
  func golden() async throws {
    let built = try Samples.build(Samples.rows(2, dimension: 2, seed: 1), dimension: 2)
    let text = built.bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
    #expect(text == GoldenSegment.hexadecimal)
    var bytes: [UInt8] = []
    var digits = GoldenSegment.hexadecimal[...]
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      bytes.append(byte)
      digits = digits.dropFirst(2)
    }
    let store = Samples.store()
    _ = try await store.put(Samples.key, bytes)
    let segment = try await open(built, on: store, isLocal: false)
    #expect(try await segment.allRows() == Samples.rows(2, dimension: 2, seed: 1))
    try await segment.verify()
  }
}
