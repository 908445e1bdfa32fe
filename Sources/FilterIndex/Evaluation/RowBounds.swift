package import Model

/// What is known about the rows that fulfil a filter, before documents are read: those that certainly do, and all
/// that may.
package struct RowBounds: Sendable {
  /// Part of `possible`.
  package private(set) var certain: RowSet
  package private(set) var possible: RowSet

  package init(certain: RowSet, possible: RowSet) {
    self.certain = certain
    self.possible = possible
  }

  /// It is known of each row.
  package init(exactly rows: RowSet) {
    self.init(certain: rows, possible: rows)
  }

  /// Nothing is known.
  package static func unknown(among candidates: RowSet) -> RowBounds {
    RowBounds(
      certain: RowSet(count: candidates.count, filledWith: false), possible: candidates)
  }

  package var undecided: RowSet { possible.subtracting(certain) }

  func among(_ candidates: RowSet) -> RowBounds {
    RowBounds(
      certain: certain.intersection(candidates), possible: possible.intersection(candidates))
  }

  /// What is known of the rows that do not fulfil it.
  func negated(among candidates: RowSet) -> RowBounds {
    RowBounds(
      certain: candidates.subtracting(possible), possible: candidates.subtracting(certain))
  }

  /// The documents of some rows have been read: of them `passing` fulfil the filter, and no others do.
  package mutating func decide(_ rows: RowSet, passing: RowSet) {
    let failing = rows.subtracting(passing)
    certain.formUnion(passing)
    certain.subtract(failing)
    possible.subtract(failing)
  }
}
