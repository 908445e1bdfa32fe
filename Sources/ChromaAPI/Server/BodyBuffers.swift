import Synchronization

/// Memory in which large bodies were read, for the next ones of about the same size.
///
/// A load sends megabytes with each request. What is given back to the system has to be cleared and mapped anew page by
/// page, which took up to a fifth of a load's processor time.
package final class BodyBuffers: Sendable {
  /// Smaller ones the allocator keeps by itself.
  package static let bytesMin = 256 << 10
  /// A larger one is given back to the system. More than the 16 MiB to which an array grows that had 8.
  package static let bytesMax = 17 << 20
  /// As many bodies as are usually read at the same time.
  package static let keptMax = 2

  private let keptBytesMax: Int
  /// The oldest first.
  private let free = Mutex<[[UInt8]]>([])

  /// Keeps so many bytes at most.
  package init(keptBytesMax: Int) { self.keptBytesMax = keptBytesMax }

  /// An empty array that has room for so many bytes, and not for more than twice as many; nil where there is none. All of
  /// its room is memory in use, also before anything is written there.
  package func take(_ bytes: Int) -> [UInt8]? {
    guard bytes >= Self.bytesMin else { return nil }
    return free.withLock { free in
      free.lastIndex { $0.capacity >= bytes && $0.capacity / 2 <= bytes }.map {
        free.remove(at: $0)
      }
    }
  }

  /// Takes a buffer whose bytes nobody needs any more, in the place of which an empty one is left.
  package func give(_ buffer: inout [UInt8]) {
    var given: [UInt8] = []
    swap(&given, &buffer)
    guard given.capacity >= Self.bytesMin, given.capacity <= min(Self.bytesMax, keptBytesMax) else {
      return
    }
    // Nothing is copied: nobody else has it.
    given.removeAll(keepingCapacity: true)
    free.withLock { [given] free in
      free.append(given)
      while free.count > Self.keptMax || free.reduce(0, { $0 + $1.capacity }) > keptBytesMax {
        free.removeFirst()
      }
    }
  }

  /// The capacities of the buffers that are free.
  package var capacities: [Int] { free.withLock { $0.map(\.capacity) } }
}
