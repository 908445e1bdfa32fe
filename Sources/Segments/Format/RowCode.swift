package import VectorIndex

/// The codes of a row in another segment.
package struct RowCode: Sendable {
  let codes: CodeColumn
  let fine: FineCodes
  let row: Int

  package init(codes: CodeColumn, fine: FineCodes, row: Int) {
    self.codes = codes
    self.fine = fine
    self.row = row
  }
}
