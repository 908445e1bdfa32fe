import Synchronization

/// Whether a request's body was handed to a connection.
///
/// Before that no server can have the whole request, so it certainly changed nothing.
final class HandOver: Sendable {
  private let flag = Atomic<Bool>(false)

  var hasHappened: Bool { flag.load(ordering: .acquiring) }
  func happens() { flag.store(true, ordering: .releasing) }
}

/// A request's body that notes when it is first read. The HTTP client reads it as soon as it has a
/// connection for the request, not earlier.
struct WatchedBody: RandomAccessCollection, Sendable {
  let bytes: ArraySlice<UInt8>
  let handOver: HandOver

  var startIndex: Int { bytes.startIndex }
  var endIndex: Int { bytes.endIndex }

  subscript(position: Int) -> UInt8 {
    handOver.happens()
    return bytes[position]
  }

  func withContiguousStorageIfAvailable<R>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R? {
    handOver.happens()
    return try bytes.withContiguousStorageIfAvailable(body)
  }
}
