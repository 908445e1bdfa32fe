import ChromaAPI
import Testing

@Suite("Memory for large bodies")
struct BodyBuffersTests {
  private let large = BodyBuffers.bytesMin

  @Test("what is given back is there for the next body, empty")
  func kept() {
    let buffers = BodyBuffers()
    var first = buffers.take(large)
    #expect(first.isEmpty && first.capacity >= large)
    first += [UInt8](repeating: 7, count: large)
    let address = first.withUnsafeBufferPointer { $0.baseAddress }
    buffers.give(&first)
    #expect(first.isEmpty && first.capacity == 0)
    #expect(buffers.capacities.count == 1)
    let second = buffers.take(large)
    #expect(second.isEmpty)
    #expect(second.withUnsafeBufferPointer { $0.baseAddress } == address)
    #expect(buffers.capacities.isEmpty)
  }

  @Test("small bodies leave what is kept to large ones, and nothing small is kept")
  func small() {
    let buffers = BodyBuffers()
    var kept = buffers.take(large)
    buffers.give(&kept)
    var small = buffers.take(10)
    #expect(small.capacity < large)
    buffers.give(&small)
    #expect(buffers.capacities.count == 1)
  }

  @Test("no more is kept than bodies are read at the same time, and nothing huge")
  func bounded() {
    let buffers = BodyBuffers()
    var many = (0..<5).map { _ in buffers.take(large) }
    for index in many.indices { buffers.give(&many[index]) }
    #expect(buffers.capacities.count == BodyBuffers.keptMax)
    let others = BodyBuffers()
    var huge = others.take(BodyBuffers.bytesMax * 2)
    others.give(&huge)
    #expect(others.capacities.isEmpty)
  }

  @Test("a buffer that somebody else still has is not written to by the next")
  func shared() {
    let buffers = BodyBuffers()
    var bytes = buffers.take(large)
    bytes += [1, 2, 3]
    let copy = bytes
    buffers.give(&bytes)
    var next = buffers.take(large)
    next += [9, 9, 9]
    #expect(copy == [1, 2, 3])
  }
}
