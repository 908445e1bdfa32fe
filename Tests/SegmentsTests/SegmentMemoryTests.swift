import Model
import Segments
import Testing

@Suite("Memory in which segments are built")
struct SegmentMemoryTests {
  private static let dimension = 256

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

  @Test("one segment after the other is the same as without")
  func reused() throws {
    let memory = SegmentMemory(keptBytesMax: 64 << 20)
    for (seed, rows) in [(1, 2048), (2, 2100), (3, 1900), (4, 2048)] as [(UInt64, Int)] {
      var segment: BuiltSegment? = try built(seed, rows: rows, in: memory)
      #expect(memory.capacity == nil)
      #expect(segment?.bytes == (try built(seed, rows: rows, in: nil)).bytes)
      memory.keep(&segment)
      #expect(segment == nil)
      // The first one's room is that of all of them.
      #expect(memory.capacity ?? 0 > 2100 * Self.dimension * 4)
    }
  }

  @Test("bytes that somebody still has stay as they are")
  func shared() throws {
    let memory = SegmentMemory(keptBytesMax: 64 << 20)
    var segment: BuiltSegment? = try built(1, in: memory)
    let upload = segment?.bytes
    memory.keep(&segment)
    #expect(upload == (try built(1, in: nil)).bytes)
    let other = try built(2, in: memory)
    #expect(other.bytes == (try built(2, in: nil)).bytes)
    #expect(upload == (try built(1, in: nil)).bytes)
  }

  @Test("too much, too little and what is far too large is not kept or not used")
  func bounds() throws {
    let small = SegmentMemory(keptBytesMax: 2 << 20)
    var segment: BuiltSegment? = try built(1, in: small)
    small.keep(&segment)
    #expect(small.capacity == nil && segment != nil)

    let memory = SegmentMemory(keptBytesMax: 64 << 20)
    var tiny: BuiltSegment? = try built(1, rows: 10, in: memory)
    memory.keep(&tiny)
    #expect(memory.capacity == nil)
    var large: BuiltSegment? = try built(2, rows: 8192, in: memory)
    memory.keep(&large)
    let kept = try #require(memory.capacity)
    _ = try built(3, rows: 1200, in: memory)
    #expect(memory.capacity == kept)
    _ = try built(4, rows: 10_000, in: memory)
    #expect(memory.capacity == kept)
  }
}
