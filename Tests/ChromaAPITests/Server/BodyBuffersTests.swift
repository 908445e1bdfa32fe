import ChromaAPI
import Testing

@Suite("Memory for large bodies")
struct BodyBuffersTests {
  private let large = BodyBuffers.bytesMin * 4
  private let buffers = BodyBuffers(keptBytesMax: 64 << 20)

  private func buffer(_ capacity: Int) -> [UInt8] {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(capacity)
    return buffer
  }

  @Test("what is given back is there for the next body, empty")
  func kept() throws {
    var first = buffer(large)
    first += [UInt8](repeating: 7, count: large)
    let address = first.withUnsafeBufferPointer { $0.baseAddress }
    buffers.give(&first)
    #expect(first.isEmpty && first.capacity == 0)
    #expect(buffers.capacities.count == 1)
    let second = try #require(buffers.take(large))
    #expect(second.isEmpty && second.capacity >= large)
    #expect(second.withUnsafeBufferPointer { $0.baseAddress } == address)
    #expect(buffers.take(large) == nil)
  }

  @Test("nobody gets a buffer that is too small, or holds one that is much too large")
  func sizes() {
    var kept = buffer(large)
    buffers.give(&kept)
    #expect(buffers.take(large * 2) == nil)
    #expect(buffers.take(large / 3) == nil)
    #expect(buffers.take(0) == nil)
    #expect(buffers.capacities.count == 1)
    #expect(buffers.take(large * 2 / 3) != nil)
  }

  @Test(
    "no more is kept than bodies are read at the same time, the newest, and nothing huge or small")
  func bounded() {
    let capacities = (1...5).map { large * $0 }
    for capacity in capacities {
      var given = buffer(capacity)
      buffers.give(&given)
    }
    #expect(buffers.capacities.count == BodyBuffers.keptMax)
    #expect(buffers.capacities.allSatisfy { $0 >= large * 4 })
    for capacity in [BodyBuffers.bytesMax * 2, BodyBuffers.bytesMin / 2] {
      var given = buffer(capacity)
      buffers.give(&given)
    }
    #expect(buffers.capacities.count == BodyBuffers.keptMax)
    #expect(buffers.capacities.allSatisfy { $0 >= large * 4 && $0 < large * 6 })
  }

  @Test("no more bytes are kept than it was told")
  func boundedBytes() {
    let buffers = BodyBuffers(keptBytesMax: large * 3)
    for capacity in [large, large * 2 + 1, large * 4] {
      var given = buffer(capacity)
      buffers.give(&given)
    }
    #expect(buffers.capacities.count == 1)
    #expect(buffers.capacities.allSatisfy { $0 > large * 2 && $0 <= large * 3 })
    let none = BodyBuffers(keptBytesMax: 0)
    var given = buffer(large)
    none.give(&given)
    #expect(none.capacities.isEmpty)
  }

  @Test("what an array grows to that had 8 MiB is kept")
  func grown() {
    var grown = buffer(8 << 20)
    for _ in 0..<(9 << 4) { grown += [UInt8](repeating: 1, count: 64 << 10) }
    buffers.give(&grown)
    #expect(buffers.capacities.count == 1)
  }

  @Test("a buffer that somebody else still has is not written to by the next")
  func shared() throws {
    var bytes = buffer(large)
    bytes += [1, 2, 3]
    let copy = bytes
    buffers.give(&bytes)
    var next = try #require(buffers.take(large))
    next += [9, 9, 9]
    #expect(copy == [1, 2, 3])
  }
}
