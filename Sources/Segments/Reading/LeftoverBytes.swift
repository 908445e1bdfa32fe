import Synchronization

/// The cold part of a segment as an earlier process left it in the local copy. Whether that process had filled it,
/// and whether it is still what was written, nobody knows: a block counts only while its checksum is right.
final class LeftoverBytes: Sendable {
  /// CRC32C of each block of the bytes before `size`.
  private let blocks: [UInt32]
  private let size: Int
  /// Nil once all that is of use is known to be in the local copy, or nothing.
  private let copy: Mutex<(any LocalCopy)?>

  init(_ copy: any LocalCopy, blocks: [UInt32], size: Int) {
    self.copy = Mutex(copy)
    self.blocks = blocks
    self.size = size
  }

  var isInUse: Bool { copy.withLock { $0 != nil } }

  /// There is nothing to be had from it any more.
  func forget() { copy.withLock { $0 = nil } }

  /// Bytes that are whole blocks; nil unless all of them are right.
  func read(_ range: Range<Int>) -> [UInt8]? {
    guard let copy = copy.withLock({ $0 }) else { return nil }
    var isRight = true
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = 0
      let blockBytes = SegmentFormat.blockBytes
      // Block by block: the first that is wrong ends it, long before all of a large range was read.
      for start in stride(from: range.lowerBound, to: range.upperBound, by: blockBytes) {
        let block = start..<min(start + blockBytes, range.upperBound)
        let target = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[
            block.lowerBound - range.lowerBound..<block.upperBound - range.lowerBound])
        guard isRightBlock(block, of: copy, into: target) else {
          isRight = false
          return
        }
        count += block.count
      }
    }
    return isRight ? bytes : nil
  }

  /// The parts of a range that are not there or not right, ascending; those that are nearer than `gap` are one.
  func missing(in range: Range<Int>, gap: Int) async -> [Range<Int>] {
    guard let copy = copy.withLock({ $0 }) else { return [range] }
    let blockBytes = SegmentFormat.blockBytes
    var missing: [Range<Int>] = []
    let first = range.lowerBound / blockBytes * blockBytes
    for start in stride(from: first, to: range.upperBound, by: Self.stretchBytes) {
      let stretch = start..<min(start + Self.stretchBytes, size)
      let wrong = withUnsafeTemporaryAllocation(byteCount: blockBytes, alignment: 64) { buffer in
        stride(
          from: stretch.lowerBound, to: min(stretch.upperBound, range.upperBound), by: blockBytes
        )
        .map { $0..<min($0 + blockBytes, size) }
        .filter { !isRightBlock($0, of: copy, into: buffer) }
      }
      for block in wrong {
        let part = block.clamped(to: range)
        if let last = missing.last, part.lowerBound - last.upperBound < gap {
          missing[missing.count - 1] = last.lowerBound..<part.upperBound
        } else {
          missing.append(part)
        }
      }
      await Task.yield()
      if Task.isCancelled { return [range] }
    }
    return missing
  }

  /// Blocks that are looked at between two offers to let others have the thread.
  private static var stretchBytes: Int { 1 << 20 }

  private func isRightBlock(
    _ block: Range<Int>, of copy: any LocalCopy, into buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard copy.read(block, into: buffer) else { return false }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<block.count])
    let index = block.lowerBound / SegmentFormat.blockBytes
    return blocks[index] == SegmentFooter.checksums(of: bytes).first
  }
}
