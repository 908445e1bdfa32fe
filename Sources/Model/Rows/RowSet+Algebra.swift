// Of two sets with different bounds, the one with the lower bound has no rows above it.
extension RowSet {
  /// Keeps the rows that the other set has, too. The bound stays.
  package mutating func formIntersection(_ other: RowSet) {
    combine(other) { $0 & $1 }
  }

  /// Removes the rows that the other set has. The bound stays.
  package mutating func subtract(_ other: RowSet) {
    combine(other) { $0 & ~$1 }
  }

  /// Adds the rows that the other set has. The bound becomes the higher of the two.
  package mutating func formUnion(_ other: RowSet) {
    grow(to: other.count, filledWith: false)
    combine(other) { $0 | $1 }
  }

  /// Swaps the rows below the bound that are in the set and those that are not.
  package mutating func complement() {
    self = complemented()
  }

  /// The rows in both.
  package func intersection(_ other: RowSet) -> RowSet {
    var result = self
    result.formIntersection(other)
    return result
  }

  /// The rows in this one alone.
  package func subtracting(_ other: RowSet) -> RowSet {
    var result = self
    result.subtract(other)
    return result
  }

  /// The rows in at least one.
  package func union(_ other: RowSet) -> RowSet {
    var result = self
    result.formUnion(other)
    return result
  }

  /// The rows below the bound that are not in the set.
  package func complemented() -> RowSet {
    RowSet(count: count, words: words.map { ~$0 })
  }

  private mutating func combine(_ other: RowSet, _ operation: (UInt64, UInt64) -> UInt64) {
    let otherWords = other.words
    let combined = words.indices.map { index in
      operation(words[index], index < otherWords.count ? otherWords[index] : 0)
    }
    self = RowSet(count: count, words: combined)
  }
}
