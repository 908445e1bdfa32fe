import Model
import Synchronization

/// Finds rows of a tail by the ids of their records.
///
/// Rows are only ever added, and all copies of a tail share one table: which of the rows that an id may have is the record's, and
/// whether there still is one, each copy's own records say. A copy that goes its own way, as after an entry of the log whose place
/// another server's took, gets a table of its own, in about 20 nanoseconds a row.
///
/// A chained hash table over the row numbers, newest first; as with the rows of a `VectorColumn`, what a reader may follow was
/// written before the head of its chain, and rows that a reader's copy does not have are passed over.
final class TailIDs: @unchecked Sendable {
  /// Rows that there is room for.
  let capacity: Int
  /// Per bucket the newest row and 1, or 0.
  private let heads: UnsafeMutablePointer<Atomic<UInt32>>
  private let links: UnsafeMutablePointer<Link>
  /// How many rows were added by any copy.
  private let claimed: Atomic<Int>

  private struct Link {
    /// The next older row of the bucket and 1, or 0.
    let next: UInt32
    let hash: UInt32
  }

  private static let capacityMin = 16

  /// A table with room for so many rows, or a few more.
  init(capacity wanted: Int = 0) {
    var capacity = Self.capacityMin
    while capacity < wanted { capacity *= 2 }
    self.capacity = capacity
    heads = .allocate(capacity: capacity)
    for bucket in 0..<capacity { (heads + bucket).initialize(to: Atomic(0)) }
    links = .allocate(capacity: capacity)
    claimed = Atomic(0)
  }

  /// A table with room for so many rows that begins with the first `count` of another.
  convenience init(copying other: TailIDs, count: Int, capacity: Int) {
    precondition(count <= other.capacity && count <= capacity)
    self.init(capacity: capacity)
    for row in 0..<count { link(UInt32(row), other.links[row].hash) }
    claimed.store(count, ordering: .relaxed)
  }

  deinit {
    heads.deinitialize(count: capacity)
    heads.deallocate()
    links.deallocate()
  }

  /// Nobody can choose ids that have the same: it is another one in each process.
  static func hash(_ id: Text) -> UInt32 { UInt32(truncatingIfNeeded: id.hashValue) }

  private func bucket(_ hash: UInt32) -> Int { Int(hash) & (capacity - 1) }

  /// Adds the row behind the first `row` ones.
  /// - Returns: False where that row is somebody else's already, or there is no room: the table is as before.
  func append(_ row: UInt32, hash: UInt32) -> Bool {
    let count = Int(row)
    guard count < capacity,
      claimed.compareExchange(expected: count, desired: count + 1, ordering: .acquiringAndReleasing)
        .exchanged
    else { return false }
    link(row, hash)
    return true
  }

  private func link(_ row: UInt32, _ hash: UInt32) {
    let head = heads + bucket(hash)
    (links + Int(row)).initialize(
      to: Link(next: head.pointee.load(ordering: .relaxed), hash: hash))
    head.pointee.store(row + 1, ordering: .releasing)
  }

  /// Of the first `count` rows the newest one with this hash that `isWanted`.
  func row(
    hash: UInt32, count: Int, where isWanted: (UInt32) -> Bool
  ) -> UInt32? {
    var next = heads[bucket(hash)].load(ordering: .acquiring)
    while next > 0 {
      let row = next - 1
      let link = links[Int(row)]
      if Int(row) < count, link.hash == hash, isWanted(row) { return row }
      next = link.next
    }
    return nil
  }
}
