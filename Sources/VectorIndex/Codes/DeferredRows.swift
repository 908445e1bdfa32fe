import CKernels

/// Rows of a query that may be in the answer but will hardly make its bound better: by the end of the scan most of them
/// are known to be too far away.
///
/// Only the scan that made it touches it.
final class DeferredRows: @unchecked Sendable {
  /// With more than these they are looked at: about a millisecond of work.
  static let countMax = 8192

  private static let room = countMax + Scratch.rows
  private static let blocks = MemoryBlocks(bytes: room * 8)

  private let memory: UnsafeMutableRawPointer
  private let rows: UnsafeMutablePointer<UInt32>
  private let bounds: UnsafeMutablePointer<Float>
  private(set) var count = 0

  init() {
    memory = Self.blocks.take()
    rows = memory.bindMemory(to: UInt32.self, capacity: Self.room)
    bounds = (memory + Self.room * 4).bindMemory(to: Float.self, capacity: Self.room)
  }

  deinit { Self.blocks.give(memory) }

  var isFull: Bool { count > Self.countMax }

  /// Calls `body` with where the kernels put those with a bound above `limit`, of at most `Scratch.rows` rows that are counted
  /// from `firstRow` on. There must not be more than `countMax`.
  func extend(
    above limit: Float, firstRow: Int, _ body: (UnsafeMutablePointer<apus_coarse_later>) -> Void
  ) {
    precondition(!isFull)
    var later = apus_coarse_later(
      limit: limit, first_row: UInt32(firstRow), rows: rows, bounds: bounds, count: count)
    body(&later)
    count = later.count
  }

  /// Adds one of the rows that `extend` was told of.
  @inline(__always)
  func append(_ row: UInt32, _ bound: Float) {
    (rows[count], bounds[count]) = (row, bound)
    count &+= 1
  }

  subscript(index: Int) -> (row: UInt32, bound: Float) { (rows[index], bounds[index]) }

  func removeAll() { count = 0 }
}
