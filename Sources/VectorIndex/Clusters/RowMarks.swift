/// Rows that were seen: few of many, so that marking none costs nothing.
struct RowMarks {
  /// Row + 1, or 0: a hash table with open addressing, at most half full.
  private var slots = [UInt32](repeating: 0, count: 2048)
  private var count = 0

  /// Marks a row; false if it is marked already.
  @inline(__always)
  mutating func insert(_ row: UInt32) -> Bool {
    if count * 2 >= slots.count { grow() }
    guard place(row) else { return false }
    count += 1
    return true
  }

  @inline(__always)
  private mutating func place(_ row: UInt32) -> Bool {
    let mask = UInt32(truncatingIfNeeded: slots.count - 1)
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): rows of a cluster may be neighbours.
    var slot = Int((row &* 2_654_435_769) >> 7 & mask)
    while slots[slot] != 0 {
      if slots[slot] == row &+ 1 { return false }
      slot = (slot + 1) & Int(mask)
    }
    slots[slot] = row &+ 1
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt32](repeating: 0, count: old.count * 2)
    for row in old where row != 0 { _ = place(row - 1) }
  }
}
