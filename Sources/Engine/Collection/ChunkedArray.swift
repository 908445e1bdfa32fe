/// An array whose copies share their elements: a change copies one chunk and the list of chunks, however long
/// the array is. Readers keep the copy they have while a writer goes on with its own.
struct ChunkedArray<Element: Sendable>: Sendable {
  static var chunkCapacity: Int { 512 }

  private var chunks: [ContiguousArray<Element>] = []
  private(set) var count = 0

  subscript(index: Int) -> Element {
    get { chunks[index / Self.chunkCapacity][index % Self.chunkCapacity] }
    set { chunks[index / Self.chunkCapacity][index % Self.chunkCapacity] = newValue }
  }

  mutating func append(_ element: Element) {
    if count.isMultiple(of: Self.chunkCapacity) {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Self.chunkCapacity)
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  /// The chunks that are full: chunk c has the elements from c * `chunkCapacity` on.
  var fullChunkCount: Int { count / Self.chunkCapacity }

  func chunk(_ number: Int) -> ContiguousArray<Element> { chunks[number] }

  /// Whether a chunk has not been changed since it was what is given; false may be wrong.
  func isUnchanged(_ number: Int, since chunk: ContiguousArray<Element>) -> Bool {
    chunk.withUnsafeBufferPointer { old in
      chunks[number].withUnsafeBufferPointer { $0.baseAddress == old.baseAddress }
    }
  }
}
