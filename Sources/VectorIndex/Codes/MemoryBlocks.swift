import Synchronization

/// Memory of one size that searches need for a moment: given back to the allocator, some tens of kilobytes are cleared and mapped anew
/// again and again where they are the last of its memory.
final class MemoryBlocks: Sendable {
  private let bytes: Int
  /// As many as are searched by at the same time on a machine of usual size.
  private static let keptMax = 16
  /// Pointers are as good as any number here: nobody else has them.
  private let free = Mutex<[UInt]>([])

  init(bytes: Int) { self.bytes = bytes }

  deinit {
    for address in free.withLock({ $0 }) {
      UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }

  /// Memory aligned to 64 bytes, with anything in it.
  func take() -> UnsafeMutableRawPointer {
    free.withLock { $0.popLast() }.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
      ?? .allocate(byteCount: bytes, alignment: 64)
  }

  func give(_ block: UnsafeMutableRawPointer) {
    let isKept = free.withLock { free in
      guard free.count < Self.keptMax else { return false }
      free.append(UInt(bitPattern: block))
      return true
    }
    if !isKept { block.deallocate() }
  }
}
