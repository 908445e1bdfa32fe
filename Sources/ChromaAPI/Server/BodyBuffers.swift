import Synchronization

/// Memory in which large bodies were read, for the next ones.
///
/// A load sends megabytes with each request. What is given back to the system has to be cleared and mapped anew page by
/// page, which took up to a fifth of a load's processor time.
package final class BodyBuffers: Sendable {
  /// Smaller ones the allocator keeps by itself.
  package static let bytesMin = 256 << 10
  /// A larger one is given back to the system.
  package static let bytesMax = 16 << 20
  /// As many bodies as are usually read at the same time.
  package static let keptMax = 2

  private let free = Mutex<[[UInt8]]>([])

  package init() {}

  /// An empty array with room for so many bytes.
  package func take(_ bytes: Int) -> [UInt8] {
    var buffer: [UInt8] = []
    if bytes >= Self.bytesMin { buffer = free.withLock { $0.popLast() } ?? [] }
    buffer.reserveCapacity(bytes)
    return buffer
  }

  /// Takes a buffer whose bytes nobody needs any more, in the place of which an empty one is left.
  package func give(_ buffer: inout [UInt8]) {
    var given: [UInt8] = []
    swap(&given, &buffer)
    guard (Self.bytesMin...Self.bytesMax).contains(given.capacity) else { return }
    // Nothing is copied: nobody else has it.
    given.removeAll(keepingCapacity: true)
    free.withLock { [given] in if $0.count < Self.keptMax { $0.append(given) } }
  }

  /// The capacities of the buffers that are free.
  package var capacities: [Int] { free.withLock { $0.map(\.capacity) } }
}
