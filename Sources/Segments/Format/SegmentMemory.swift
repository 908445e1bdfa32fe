import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory in which a segment was built, for the next one of about the same size.
///
/// While a collection is loaded one segment is built after the other. What is given back to the system has to be cleared and mapped
/// anew page by page, which took a tenth of a load's processor time. Meanwhile the system may take the pages as soon as memory is
/// short.
package final class SegmentMemory: Sendable {
  /// Smaller ones are not worth it.
  package static let bytesMin = 1 << 20

  private let keptBytesMax: Int
  private let free = Mutex<[UInt8]?>(nil)

  /// Keeps one of so many bytes at most.
  package init(keptBytesMax: Int) { self.keptBytesMax = keptBytesMax }

  /// Makes room for so many bytes in all, in what is kept where that has it and not more than three times as much.
  func reserve(_ bytes: Int, for object: inout [UInt8]) {
    guard bytes >= Self.bytesMin, object.capacity < bytes,
      var kept = free.withLock({ free -> [UInt8]? in
        guard let kept = free, kept.capacity >= bytes, kept.capacity / 3 <= bytes else {
          return nil
        }
        free = nil
        return kept
      })
    else {
      // Some more, which takes no memory until it is written: the next one may be a little larger.
      return object.reserveCapacity(bytes + bytes / 8)
    }
    kept.append(contentsOf: object)
    object = kept
  }

  /// Takes the bytes of a segment that nobody needs any more.
  package func keep(_ built: inout BuiltSegment?) {
    guard let capacity = built?.bytes.capacity, capacity >= Self.bytesMin,
      capacity <= keptBytesMax, var given = built?.bytes
    else { return }
    built = nil
    // Where somebody else still has the bytes, that leaves them alone.
    given.removeAll(keepingCapacity: true)
    guard Self.lend(&given) else { return }
    free.withLock { [given] free in free = given }
  }

  /// The capacity of what is kept.
  package var capacity: Int? { free.withLock { $0?.capacity } }

  /// Lets the system take the pages of an empty array until they are written again.
  /// - Returns: Whether it can do that.
  private static func lend(_ memory: inout [UInt8]) -> Bool {
    let capacity = memory.capacity
    return memory.withUnsafeMutableBufferPointer { memory in
      guard let start = memory.baseAddress else { return false }
      // Whole pages within the room.
      let page = UInt(max(sysconf(Int32(_SC_PAGESIZE)), 1))
      let skipped = Int((page - UInt(bitPattern: start) % page) % page)
      let bytes = (capacity - skipped) / Int(page) * Int(page)
      guard bytes > 0 else { return false }
      return madvise(UnsafeMutableRawPointer(start) + skipped, bytes, Int32(MADV_FREE)) == 0
    }
  }
}
