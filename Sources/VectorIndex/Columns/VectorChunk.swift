import Synchronization

/// Memory for some rows of a `VectorColumn`, with what is stored beside each row.
///
/// A row is written once, by whoever claimed it, before anybody else can know of it: a reader's column
/// says how many rows it may read, and it got that number from the writer, after the writing.
/// So the memory needs no lock, and this is the one unchecked place.
final class VectorChunk: @unchecked Sendable {
  let dimension: Int
  /// Rows that there is memory for.
  let capacity: Int
  /// `capacity * dimension` components, aligned to 64 bytes.
  let components: UnsafeMutablePointer<Float>
  /// Per row 1 / (|a| + 1e-32).
  let inverseNorms: UnsafeMutablePointer<Float>
  /// Whose memory it is, where it is not the chunk's own.
  private let owner: (any AnyObject & Sendable)?
  /// How many rows were claimed by any column that has this chunk.
  private let claimed: Atomic<Int>
  /// Codes of the first rows, once somebody made them.
  let codes: Mutex<LazyCodes>

  private static let alignment = 64

  init(dimension: Int, capacity: Int) {
    self.dimension = dimension
    self.capacity = capacity
    components = Self.allocate(capacity * dimension)
    inverseNorms = Self.allocate(capacity)
    owner = nil
    claimed = Atomic(0)
    codes = Mutex(LazyCodes())
  }

  /// Rows in memory that somebody else owns, and that nobody may write.
  init(
    viewing components: UnsafeRawPointer, inverseNorms: UnsafeRawPointer, dimension: Int,
    count: Int, owner: any AnyObject & Sendable
  ) {
    self.dimension = dimension
    capacity = count
    self.components = UnsafeMutableRawPointer(mutating: components).assumingMemoryBound(
      to: Float.self)
    self.inverseNorms = UnsafeMutableRawPointer(mutating: inverseNorms).assumingMemoryBound(
      to: Float.self)
    self.owner = owner
    claimed = Atomic(count)
    codes = Mutex(LazyCodes())
  }

  /// A chunk with more room, that begins with the first `count` rows of another, which must be claimed.
  init(copying other: VectorChunk, count: Int, capacity: Int) {
    precondition(count <= other.capacity && count <= capacity)
    dimension = other.dimension
    self.capacity = capacity
    components = Self.allocate(capacity * other.dimension)
    inverseNorms = Self.allocate(capacity)
    owner = nil
    claimed = Atomic(count)
    codes = Mutex(LazyCodes(of: other.codes.withLock { $0 }, rowCount: count))
    components.initialize(from: other.components, count: count * other.dimension)
    inverseNorms.initialize(from: other.inverseNorms, count: count)
  }

  deinit {
    guard owner == nil else { return }
    UnsafeMutableRawPointer(components).deallocate()
    UnsafeMutableRawPointer(inverseNorms).deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<Float>.stride, alignment: alignment
    ).bindMemory(to: Float.self, capacity: count)
  }

  /// Bytes allocated.
  var memoryBytes: Int { capacity * (dimension + 1) * MemoryLayout<Float>.stride }

  /// Gives the caller rows `start..<start + count` to write, unless rows from `start` on belong to
  /// somebody else already or there is not enough room.
  func claim(_ count: Int, from start: Int) -> Bool {
    guard count <= capacity - start else { return false }
    return claimed.compareExchange(
      expected: start, desired: start + count, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Writes rows that the caller has claimed.
  func write(_ source: UnsafePointer<Float>, count: Int, at start: Int) {
    let target = components + start * dimension
    target.initialize(from: source, count: count * dimension)
    for row in 0..<count {
      (inverseNorms + start + row).initialize(
        to: VectorMath.inverseNorm(target + row * dimension, dimension: dimension))
    }
  }
}
