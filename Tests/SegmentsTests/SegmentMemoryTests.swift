import Model
import Segments
import Testing

@Suite("Memory in which segments are built")
struct SegmentMemoryTests {
  private static let dimension = 256
  /// MADV_DONTNEED: unlike what is meant to be used, it clears pages at once, so that one too many is seen.
  private static let clearing: Int32 = 4

  /// At least `SegmentMemory.bytesMin` bytes, that differ by seed.
  private func built(
    _ seed: UInt64, rows: Int = 2048, in memory: SegmentMemory?
  ) throws -> BuiltSegment {
    var builder = SegmentBuilder(
      id: UniqueID(high: 1, low: seed), dimension: Self.dimension, hashSeed: seed)
    builder.reserve(rows: rows, documentBytes: 0, in: memory)
    let random = SeededRandomSource(seed: seed)
    for row in 0..<rows {
      let vector = (0..<Self.dimension).map { _ in Float(random.nextUnit()) }
      try vector.withUnsafeBufferPointer {
        try builder.append(
          offset: UInt64(row), id: Text("\(row)"), vector: $0, document: nil, uri: nil,
          metadata: Metadata())
      }
    }
    return builder.finish()
  }

  private func memory(_ bytes: Int = 64 << 20) -> SegmentMemory {
    SegmentMemory(keptBytesMax: bytes, advice: Self.clearing)
  }

  @Test(
    "one segment after the other is the same as without, in the same place",
    arguments: [SegmentMemory.lendingAdvice, clearing])
  func reused(advice: Int32) throws {
    let memory = SegmentMemory(keptBytesMax: 64 << 20, advice: advice)
    var addresses: Set<UInt> = []
    for (seed, rows) in [(1, 2048), (2, 2100), (3, 1900), (4, 2048)] as [(UInt64, Int)] {
      var segment: BuiltSegment? = try built(seed, rows: rows, in: memory)
      #expect(memory.kept == nil)
      #expect(segment?.bytes == (try built(seed, rows: rows, in: nil)).bytes)
      memory.keep(&segment)
      #expect(segment == nil)
      let kept = try #require(memory.kept)
      addresses.insert(kept.address)
      // The first one's room is that of all of them.
      #expect(kept.capacity > 2100 * Self.dimension * 4)
    }
    #expect(addresses.count == 1)
  }

  @Test("one that is far larger than the others is not kept in the place of theirs")
  func outlier() throws {
    let memory = memory()
    var capacities: [Int] = []
    for (seed, rows) in [(1, 2048), (2, 9000), (3, 2048), (4, 2048)] as [(UInt64, Int)] {
      var segment: BuiltSegment? = try built(seed, rows: rows, in: memory)
      memory.keep(&segment)
      capacities.append(try #require(memory.kept).capacity)
    }
    #expect(capacities[1] > 3 * capacities[0])
    #expect(capacities[2] < 2 * capacities[0] && capacities[3] == capacities[2])
  }

  @Test("what is not used for a while goes, and what is used stays")
  func idle() async throws {
    let (memory, clock) = (memory(), HandClock())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await memory.run(clock: clock) }
      var segment: BuiltSegment? = try built(1, in: memory)
      memory.keep(&segment)
      while clock.nextEnd == nil { await Task.yield() }
      segment = try built(2, in: memory)
      memory.keep(&segment)
      clock.pass(SegmentMemory.idleTime)
      // Used meanwhile: another while.
      while clock.nextEnd != SegmentMemory.idleTime * 2 { await Task.yield() }
      #expect(memory.kept != nil)
      clock.pass(SegmentMemory.idleTime)
      while memory.kept != nil { await Task.yield() }
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  @Test("bytes that somebody still has stay as they are, and so does what is beside them")
  func shared() throws {
    let memory = memory()
    let expected = try [1, 2, 3].map { try built($0, in: nil).bytes }
    var segment: BuiltSegment? = try built(1, in: memory)
    let upload = segment?.bytes
    var neighbours: [[UInt8]] = []
    memory.keep(&segment)
    for round in 0..<20 {
      neighbours.append([UInt8](repeating: UInt8(round), count: (1 << 20) + round * 4093))
      var other: BuiltSegment? = try built(UInt64(2 + round % 2), in: memory)
      #expect(other?.bytes == expected[1 + round % 2])
      memory.keep(&other)
      #expect(upload == expected[0])
    }
    for (round, neighbour) in neighbours.enumerated() {
      #expect(neighbour.allSatisfy { $0 == UInt8(round) })
    }
  }

  @Test("two at the same time have memory of their own, of which the larger is kept")
  func twoAtOnce() async throws {
    let memory = memory()
    for _ in 0..<5 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (seed, rows) in [(1, 2048), (2, 3000)] as [(UInt64, Int)] {
          group.addTask {
            var segment: BuiltSegment? = try built(seed, rows: rows, in: memory)
            #expect(segment?.bytes == (try built(seed, rows: rows, in: nil)).bytes)
            memory.keep(&segment)
          }
        }
        try await group.waitForAll()
      }
      #expect(memory.kept?.capacity ?? 0 > 3000 * Self.dimension * 4)
    }
  }

  @Test("too much, too little and what is far too large is not kept or not used")
  func bounds() throws {
    let small = memory(2 << 20)
    var segment: BuiltSegment? = try built(1, in: small)
    small.keep(&segment)
    #expect(small.kept == nil && segment != nil)

    let memory = memory()
    var tiny: BuiltSegment? = try built(1, rows: 10, in: memory)
    memory.keep(&tiny)
    #expect(memory.kept == nil)
    var large: BuiltSegment? = try built(2, rows: 8192, in: memory)
    memory.keep(&large)
    let capacity = try #require(memory.kept).capacity
    _ = try built(3, rows: 1200, in: memory)
    #expect(memory.kept?.capacity == capacity)
    _ = try built(4, rows: 10_000, in: memory)
    #expect(memory.kept?.capacity == capacity)
  }
}
