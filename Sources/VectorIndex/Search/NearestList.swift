/// The `capacity` nearest of the rows offered so far, ties decided for the lower row number.
///
/// A binary max-heap once it is full (until then a plain list), over keys that order like
/// (distance, row): one integer comparison each.
struct NearestList {
  let capacity: Int
  private var keys: [UInt64] = []
  /// Only smaller keys are still of interest.
  private var bound: UInt64

  private static let reservedMax = 1024

  /// Memory grows with the rows kept, not with `capacity`.
  init(capacity: Int) {
    self.capacity = capacity
    bound = capacity > 0 ? .max : 0
    keys.reserveCapacity(min(capacity, Self.reservedMax))
  }

  /// Considers a row; the distance must not be NaN, nor -0.
  @inline(__always)
  mutating func offer(row: Int, distance: Float) {
    let key = Self.key(row: row, distance: distance)
    if key < bound { insert(key) }
  }

  /// What is kept, ascending by (distance, row).
  func sorted() -> [Neighbour] {
    keys.sorted().map(Self.neighbour)
  }

  private mutating func insert(_ key: UInt64) {
    if keys.count < capacity {
      keys.append(key)
      guard keys.count == capacity else { return }
      keys.withUnsafeMutableBufferPointer { $0.makeHeap() }
    } else {
      keys.withUnsafeMutableBufferPointer { $0.siftDown(key, from: 0) }
    }
    bound = keys[0]
  }

  // The bits of a float order like the float once the negative ones are flipped: IEEE 754, 5.10.
  @inline(__always)
  private static func key(row: Int, distance: Float) -> UInt64 {
    let bits = distance.bitPattern
    let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(ordered) << 32 | UInt64(truncatingIfNeeded: row)
  }

  private static func neighbour(_ key: UInt64) -> Neighbour {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    let bits = ordered >> 31 == 1 ? ordered & 0x7fff_ffff : ~ordered
    return Neighbour(
      row: Int(UInt32(truncatingIfNeeded: key)), distance: Float(bitPattern: bits))
  }
}
