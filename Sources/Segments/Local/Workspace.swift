package import Model

/// Where local copies of segments are kept. Losing it costs time and nothing else.
package protocol Workspace: Sendable {
  /// Room for a segment of `size` bytes, given back when the copy is released.
  func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy
}

/// The bytes of one segment on this machine, or of parts of it: whoever reads knows which were written.
package protocol LocalCopy: AnyObject, Sendable {
  /// All of it; what was not written yet has no meaning.
  var region: ByteRegion { get }

  /// Writes bytes that nobody reads yet.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SegmentError)

  /// The bytes will not be needed soon: their memory may be given back, if they can be read again.
  func drop(_ range: Range<Int>)

  /// The bytes, which nobody reads, take no room until they are written again, where the system can do that.
  func discard(_ range: Range<Int>)
}

/// Copies in memory: for tests and simulations.
package struct MemoryWorkspace: Workspace {
  package init() {}

  package func makeCopy(of id: UniqueID, size: Int) throws(SegmentError) -> any LocalCopy {
    MemoryCopy(size: size)
  }
}

private final class MemoryCopy: LocalCopy, @unchecked Sendable {
  // Written before the bytes are read: `Segment` publishes what was written by an atomic flag.
  private let bytes: UnsafeMutableRawBufferPointer
  let region: ByteRegion

  init(size: Int) {
    let allocation = Allocation(size: size)
    bytes = allocation.bytes
    region = ByteRegion(UnsafeRawBufferPointer(allocation.bytes), owner: allocation)
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int) throws(SegmentError) {
    guard offset >= 0, offset + source.count <= bytes.count else {
      throw .workspace("\(source.count) bytes at \(offset) are beyond a copy of \(bytes.count)")
    }
    UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: source)
  }

  func drop(_ range: Range<Int>) {}
  func discard(_ range: Range<Int>) {}

  private final class Allocation: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    init(size: Int) { bytes = .allocate(byteCount: max(size, 1), alignment: 64) }
    deinit { bytes.deallocate() }
  }
}
