package import Model
import Synchronization

/// Where local copies of segments are kept. Losing it costs time and nothing else.
package protocol Workspace: Sendable {
  /// Room for a segment of `size` bytes, given back when the copy is released.
  func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy

  /// What copies take that an earlier process left and nobody has claimed.
  var leftoverBytes: Int { get }

  /// The copy of the segment that an earlier process left; nil where there is none.
  func claimLeftover(of id: UniqueID, size: Int) -> ClaimedLeftover?

  /// Removes what nobody has claimed.
  /// - Returns: The bytes that it took.
  func removeLeftovers() -> Int
}

/// A copy that an earlier process left, of which any byte may be missing or wrong.
package struct ClaimedLeftover: Sendable {
  /// Nil where it could not be used, and is gone.
  package let copy: (any LocalCopy)?
  /// What it took among the left-overs.
  package let bytes: Int
}

/// The bytes of one segment on this machine, or of parts of it: whoever reads knows which were written.
package protocol LocalCopy: AnyObject, Sendable {
  /// All of it; what was not written yet has no meaning.
  var region: ByteRegion { get }

  /// Copies what is there into the buffer, whatever it is; may be called at any time.
  /// - Returns: False where it cannot be read.
  func read(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) -> Bool

  /// Writes bytes that nobody reads yet in `region`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SegmentError)

  /// The bytes will not be needed soon: their memory may be given back, if they can be read again.
  func drop(_ range: Range<Int>)

  /// The bytes, which nobody reads, take no room until they are written again, where the system can do that.
  func discard(_ range: Range<Int>)
}

/// Copies in memory: for tests and simulations.
package final class MemoryWorkspace: Workspace {
  private let leftovers: Mutex<[UniqueID: [UInt8]]>

  /// With these bytes as what an earlier process left.
  package init(leftovers: [UniqueID: [UInt8]] = [:]) { self.leftovers = Mutex(leftovers) }

  package func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy {
    MemoryCopy(size: size)
  }

  package var leftoverBytes: Int {
    leftovers.withLock { $0.values.reduce(0) { $0 + $1.count } }
  }

  package func claimLeftover(of id: UniqueID, size: Int) -> ClaimedLeftover? {
    guard let bytes = leftovers.withLock({ $0.removeValue(forKey: id) }) else { return nil }
    let copy = bytes.count == size ? MemoryCopy(bytes) : nil
    return ClaimedLeftover(copy: copy, bytes: bytes.count)
  }

  package func removeLeftovers() -> Int {
    leftovers.withLock { leftovers in
      defer { leftovers = [:] }
      return leftovers.values.reduce(0) { $0 + $1.count }
    }
  }
}

private final class MemoryCopy: LocalCopy, @unchecked Sendable {
  // Written before the bytes are read: `Segment` publishes what was written by an atomic flag.
  private let bytes: UnsafeMutableRawBufferPointer
  private let access = Mutex(())
  let region: ByteRegion

  init(size: Int) {
    let allocation = Allocation(size: size)
    bytes = allocation.bytes
    region = ByteRegion(UnsafeRawBufferPointer(allocation.bytes), owner: allocation)
  }

  convenience init(_ source: [UInt8]) {
    self.init(size: source.count)
    bytes.copyBytes(from: source)
  }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count, buffer.count >= range.count
    else { return false }
    access.withLock { _ in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
    return true
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int) throws(SegmentError) {
    guard offset >= 0, offset + source.count <= bytes.count else {
      throw .workspace("\(source.count) bytes at \(offset) are beyond a copy of \(bytes.count)")
    }
    access.withLock { _ in
      UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: source)
    }
  }

  func drop(_ range: Range<Int>) {}
  func discard(_ range: Range<Int>) {}

  private final class Allocation: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    init(size: Int) { bytes = .allocate(byteCount: max(size, 1), alignment: 64) }
    deinit { bytes.deallocate() }
  }
}
