package import VectorIndex

/// The codes of a row in another segment.
package struct RowCode: Sendable {
  let codes: CodeColumn
  let fine: FineCodes
  let row: Int
  let position: Int?

  /// Where the codes have an order, `position` says where in it the row is.
  package init(codes: CodeColumn, fine: FineCodes, row: Int, position: Int? = nil) {
    self.position = position
    self.codes = codes
    self.fine = fine
    self.row = row
  }
}
