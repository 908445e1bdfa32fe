import NIOCore

/// A body of one part, that ends when the test says so. Whoever asks for what follows the first part has
/// taken that part over.
struct PausedBody: AsyncSequence, Sendable {
  private let part: String
  private let taken = AsyncStream.makeStream(of: Void.self)
  private let ended = AsyncStream.makeStream(of: Void.self)

  init(_ part: String) {
    self.part = part
  }

  func wasTaken() async {
    for await _ in taken.stream {}
  }

  func end() {
    ended.continuation.finish()
  }

  func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  struct Iterator: AsyncIteratorProtocol {
    let body: PausedBody
    private var hasBegun = false

    init(body: PausedBody) {
      self.body = body
    }

    mutating func next() async -> ByteBuffer? {
      guard hasBegun else {
        hasBegun = true
        return ByteBuffer(string: body.part)
      }
      body.taken.continuation.finish()
      for await _ in body.ended.stream {}
      return nil
    }
  }
}
