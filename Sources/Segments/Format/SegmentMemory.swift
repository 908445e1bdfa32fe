package import Model
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
/// short, but counts them as the process's until then: so what is not used for a while goes.
package final class SegmentMemory: Sendable {
  /// Smaller ones are not worth it.
  package static let bytesMin = 1 << 20
  /// Lets the system take pages when memory is short.
  package static let lendingAdvice = Int32(MADV_FREE)

  private let keptBytesMax: Int
  private let advice: Int32
  private let free = Mutex<[UInt8]?>(nil)
  /// Counts what is kept and taken.
  private let uses = Atomic<UInt64>(0)
  private let keeping = Signal()

  /// Keeps one of so many bytes at most. `advice`: what the system is told of pages that are not used meanwhile, for `madvise`.
  package init(keptBytesMax: Int, advice: Int32 = SegmentMemory.lendingAdvice) {
    self.keptBytesMax = keptBytesMax
    self.advice = advice
  }

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
    uses.wrappingAdd(1, ordering: .relaxed)
    kept.append(contentsOf: object)
    object = kept
  }

  /// Takes the bytes of a segment that nobody needs any more, unless more are kept already that the next one like it can use. Where
  /// somebody else still has them, they stay as they are.
  package func keep(_ built: inout BuiltSegment?) {
    guard var given = built?.bytes, given.capacity >= Self.bytesMin, given.capacity <= keptBytesMax
    else { return }
    built = nil
    let used = given.count
    given.removeAll(keepingCapacity: true)
    guard lend(&given) else { return }
    // What is not kept goes once the lock is free again.
    _ = free.withLock { [given] free -> [UInt8]? in
      if let free, free.capacity >= given.capacity, free.capacity / 3 <= used { return given }
      defer { free = given }
      return free
    }
    uses.wrappingAdd(1, ordering: .relaxed)
    keeping.raise()
  }

  /// Lets go what was kept and not used for `idleTime`, until the task is cancelled.
  package func run(clock: any ServerClock) async {
    while !Task.isCancelled {
      await keeping.wait()
      while kept != nil {
        let before = uses.load(ordering: .relaxed)
        do { try await clock.sleep(for: Self.idleTime) } catch { return }
        if uses.load(ordering: .relaxed) == before { drop() }
      }
    }
  }

  /// Longer than a load takes from one segment to the next.
  package static let idleTime = Duration.seconds(30)

  private func drop() {
    _ = free.withLock { free in
      defer { free = nil }
      return free
    }
  }

  /// Where what is kept is, and how much.
  package var kept: (address: UInt, capacity: Int)? {
    free.withLock { free in
      guard var kept = free else { return nil }
      free = nil
      defer { free = kept }
      let address = kept.withUnsafeMutableBufferPointer { UInt(bitPattern: $0.baseAddress) }
      return (address, kept.capacity)
    }
  }

  /// Lets the system take the pages of an empty array until they are written again.
  /// - Returns: Whether it can do that.
  private func lend(_ memory: inout [UInt8]) -> Bool {
    let capacity = memory.capacity
    // An array that somebody else has, too, gets other memory by this, and less of it.
    _ = memory.withUnsafeMutableBufferPointer { $0.count }
    guard memory.isEmpty, memory.capacity == capacity else { return false }
    return memory.withUnsafeMutableBufferPointer { memory in
      guard let start = memory.baseAddress else { return false }
      // Whole pages within the room.
      let page = UInt(max(sysconf(Int32(_SC_PAGESIZE)), 1))
      let skipped = Int((page - UInt(bitPattern: start) % page) % page)
      let bytes = (capacity - skipped) / Int(page) * Int(page)
      guard bytes > 0 else { return false }
      return madvise(UnsafeMutableRawPointer(start) + skipped, bytes, advice) == 0
    }
  }
}
