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
      for index in (0..<capacity / 2).reversed() { siftDown(keys[index], from: index) }
    } else {
      siftDown(key, from: 0)
    }
    bound = keys[0]
  }

  /// Puts the key in place of the one at `index`, which it must not exceed, or is itself.
  private mutating func siftDown(_ key: UInt64, from index: Int) {
    var hole = index
    while true {
      var child = 2 * hole + 1
      guard child < keys.count else { break }
      if child + 1 < keys.count, keys[child + 1] > keys[child] { child += 1 }
      guard keys[child] > key else { break }
      keys[hole] = keys[child]
      hole = child
    }
    keys[hole] = key
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
