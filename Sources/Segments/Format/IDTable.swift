import Model
import VectorIndex

/// From an id to its row: open addressing with linear probing over u32 slots, each a row + 1 or 0, a power of two
/// of them, at most half of them taken. Hashed with a random seed, so that nobody can choose ids that collide.
struct IDTable: Sendable {
  private let slots: ByteRegion
  private let mask: Int
  private let seed: UInt64

  init(_ region: ByteRegion, rowCount: Int, seed: UInt64) throws(BinaryError) {
    let count = region.count / 4
    guard count == Self.capacity(rowCount: rowCount), region.count == count * 4 else {
      throw BinaryError("the table of ids has \(region.count) bytes")
    }
    slots = region
    mask = count - 1
    self.seed = seed
  }

  private static func capacity(rowCount: Int) -> Int {
    var capacity = 2
    while capacity < rowCount * 2 { capacity *= 2 }
    return capacity
  }

  /// Where to look for an id first.
  func slot(of id: Text) -> Int { Int(truncatingIfNeeded: StableHash.of(id, seed: seed)) & mask }

  func prefetch(_ slot: Int) { Prefetch.bytes(slot * 4..<slot * 4 + 4, of: slots) }

  /// The row in a slot: of the ids that are there three of four at least have their rows in their own slots.
  func candidate(at slot: Int) -> Int? {
    guard let row = slots.load(at: slot * 4, as: UInt32.self), row > 0 else { return nil }
    return Int(row) - 1
  }

  /// The row of the id with this slot, if `isRow` says of a candidate that it is the one.
  func row(from slot: Int, isRow: (Int) -> Bool) -> Int? {
    var at = slot
    for _ in 0...mask {
      guard let slot = slots.load(at: at * 4, as: UInt32.self), slot > 0 else { return nil }
      let row = Int(slot) - 1
      if isRow(row) { return row }
      at = (at + 1) & mask
    }
    return nil
  }

  static func build(hashes: [UInt64]) -> [UInt32] {
    let capacity = capacity(rowCount: hashes.count)
    var slots = [UInt32](repeating: 0, count: capacity)
    for (row, hash) in hashes.enumerated() {
      var at = Int(truncatingIfNeeded: hash) & (capacity - 1)
      while slots[at] != 0 { at = (at + 1) & (capacity - 1) }
      slots[at] = UInt32(row + 1)
    }
    return slots
  }
}
