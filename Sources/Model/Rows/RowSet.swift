/// A set of row numbers below a bound, one bit each.
public struct RowSet: Hashable, Sendable {
  /// The bound: rows `0..<count` are in the set or not, others never are.
  @inlinable public var count: Int { bound }
  /// Row r is bit r % 64 of word r / 64. Bits from `count` on are 0.
  @inlinable public var words: [UInt64] { bits }

  @usableFromInline var bound: Int
  @usableFromInline var bits: [UInt64]

  /// All rows below `count`, or none of them.
  package init(count: Int, filledWith isMember: Bool) {
    precondition(count >= 0)
    bound = count
    bits = [UInt64](repeating: isMember ? .max : 0, count: Self.wordCount(count))
    clearTail()
  }

  /// The rows whose bits are set; bits from `count` on are ignored, and words that are missing are 0.
  package init(count: Int, words: [UInt64]) {
    precondition(count >= 0)
    bound = count
    bits = Array(words.prefix(Self.wordCount(count)))
    let missing = Self.wordCount(count) - bits.count
    bits.append(contentsOf: repeatElement(0, count: missing))
    clearTail()
  }

  private static func wordCount(_ count: Int) -> Int { count / 64 + (count % 64 == 0 ? 0 : 1) }

  private mutating func clearTail() {
    guard count % 64 != 0 else { return }
    bits[bits.count - 1] &= (1 << UInt64(count % 64)) - 1
  }

  /// The rows of a range, counted from its beginning.
  package func part(_ range: Range<Int>) -> RowSet {
    precondition(range.lowerBound >= 0)
    let (first, shift) = range.lowerBound.quotientAndRemainder(dividingBy: 64)
    func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }
    let moved = (0..<Self.wordCount(range.count)).map { index in
      // A shift by 64 gives 0.
      word(first + index) >> UInt64(shift) | word(first + index + 1) << UInt64(64 - shift)
    }
    return RowSet(count: range.count, words: moved)
  }

  /// Whether the row is in the set; rows from `count` on are not, and cannot be set.
  @inlinable
  public subscript(row: Int) -> Bool {
    get {
      guard row >= 0, row < count else { return false }
      return bits[row / 64] & 1 << UInt64(row % 64) != 0
    }
    set {
      precondition(row >= 0 && row < count)
      let bit: UInt64 = 1 << UInt64(row % 64)
      if newValue { bits[row / 64] |= bit } else { bits[row / 64] &= ~bit }
    }
  }

  /// Takes a range of rows out of the set. The bound stays.
  package mutating func remove(_ range: Range<Int>) {
    let range = range.clamped(to: 0..<count)
    guard let last = range.last else { return }
    for word in range.lowerBound / 64...last / 64 {
      var removed = UInt64.max
      if word == range.lowerBound / 64 { removed &= .max << UInt64(range.lowerBound % 64) }
      if word == last / 64 { removed &= .max >> UInt64(63 - last % 64) }
      bits[word] &= ~removed
    }
  }

  /// Moves the bound up by one and says whether the new row is in the set.
  package mutating func append(_ isMember: Bool) {
    if count % 64 == 0 { bits.append(0) }
    bound += 1
    if isMember { self[count - 1] = true }
  }

  /// Moves the bound up; nothing happens if it is there already.
  package mutating func grow(to newCount: Int, filledWith isMember: Bool) {
    guard newCount > count else { return }
    let oldCount = count
    let fill: UInt64 = isMember ? .max : 0
    bits.append(
      contentsOf: repeatElement(fill, count: Self.wordCount(newCount) - bits.count))
    bound = newCount
    if isMember, oldCount % 64 != 0 { bits[oldCount / 64] |= .max << UInt64(oldCount % 64) }
    clearTail()
  }

  /// True if no row is in the set.
  package var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }

  /// Number of rows in the set.
  package var memberCount: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Bytes allocated.
  package var memoryBytes: Int { bits.capacity * MemoryLayout<UInt64>.stride }
}
