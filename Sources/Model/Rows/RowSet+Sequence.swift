extension RowSet: Sequence {
  /// The rows in the set, ascending.
  @inlinable
  public func makeIterator() -> Iterator { Iterator(words: words) }

  /// Goes through the rows, ascending.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let words: [UInt64]
    @usableFromInline var index = -1
    /// What is left of the word at `index`.
    @usableFromInline var word: UInt64 = 0

    @inlinable
    init(words: [UInt64]) { self.words = words }

    /// The next row.
    @inlinable
    public mutating func next() -> Int? {
      while word == 0 {
        index += 1
        guard index < words.count else {
          index = words.count
          return nil
        }
        word = words[index]
      }
      defer { word &= word - 1 }
      return index * 64 + word.trailingZeroBitCount
    }
  }

  /// How many rows there are.
  public var underestimatedCount: Int { memberCount }

  /// Whether the row is in the set, at once.
  package func contains(_ row: Int) -> Bool { self[row] }

  /// Calls `body` for each row of the set within `range`, ascending.
  @inlinable
  public func forEachMember(in range: Range<Int>, _ body: (Int) -> Void) {
    let range = range.clamped(to: 0..<count)
    guard !range.isEmpty else { return }
    let last = (range.upperBound - 1) / 64
    for index in range.lowerBound / 64...last {
      var word = words[index]
      if index == range.lowerBound / 64 { word &= .max << UInt64(range.lowerBound % 64) }
      if index == last { word &= .max >> UInt64(63 - (range.upperBound - 1) % 64) }
      while word != 0 {
        body(index * 64 + word.trailingZeroBitCount)
        word &= word - 1
      }
    }
  }

  /// Whether any row of the range is in the set.
  @inlinable
  public func hasMember(in range: Range<Int>) -> Bool {
    !wordsSatisfy(in: range.clamped(to: 0..<count)) { word, wanted in word & wanted == 0 }
  }

  /// Whether every row of the range is in the set.
  @inlinable
  public func hasEveryMember(in range: Range<Int>) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= count else { return range.isEmpty }
    return wordsSatisfy(in: range) { word, wanted in word & wanted == wanted }
  }

  /// Whether all words with rows of the range, which is within the bound, satisfy the condition. `wanted` are the bits of
  /// these rows.
  @inlinable
  func wordsSatisfy(
    in range: Range<Int>, _ condition: (_ word: UInt64, _ wanted: UInt64) -> Bool
  ) -> Bool {
    guard !range.isEmpty else { return true }
    let last = (range.upperBound - 1) / 64
    for index in range.lowerBound / 64...last {
      var wanted = UInt64.max
      if index == range.lowerBound / 64 { wanted &= .max << UInt64(range.lowerBound % 64) }
      if index == last { wanted &= .max >> UInt64(63 - (range.upperBound - 1) % 64) }
      guard condition(words[index], wanted) else { return false }
    }
    return true
  }
}
