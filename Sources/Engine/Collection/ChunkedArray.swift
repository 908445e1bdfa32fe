/// An array whose copies share their elements: a change copies one chunk and the list of chunks, however long
/// the array is. Readers keep the copy they have while a writer goes on with its own.
struct ChunkedArray<Element: Sendable>: Sendable {
  private static var chunkCapacity: Int { 512 }

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
}
