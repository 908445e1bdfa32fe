package import Model
package import VectorIndex

extension Segment {
  var fineRange: Range<Int>? { codes == nil ? nil : footer.section(.fineCodes) }

  /// The fine codes of all rows, where they are at hand and memory is not short.
  package var fineCodesAtHand: FineCodes? {
    guard codesAreLocal.outcome == .reached, !budget.isOverMemory else { return nil }
    return localFineCodes(0..<rowCount)
  }

  /// Calls `body` with the fine codes of ranges of rows that ascend and cover those of the set (nil: all). Each range
  /// begins at a multiple of 64. Nothing is called where there are no codes.
  package func forEachFinePiece(
    rows: RowSet?, _ body: (FineCodes) async throws(SegmentError) -> Void
  ) async throws(SegmentError) {
    guard rowCount > 0, let fineRange else { return }
    let isLocal = await waitForLocal(
      codesAreLocal, share: Double(rows?.memberCount ?? rowCount))
    if isLocal, !budget.isOverMemory {
      guard let fine = localFineCodes(0..<rowCount) else { return }
      return try await body(fine)
    }
    let rowBytes = CodeColumn.fineBytes(rows: 1, dimension: dimension)
    let pieceRows = max(pieceBytes / rowBytes / 64, 1) * 64
    for start in stride(from: 0, to: rowCount, by: pieceRows) {
      let piece = start..<min(start + pieceRows, rowCount)
      if let rows, !rows.hasMember(in: piece) { continue }
      let bytes =
        fineRange.lowerBound + piece.lowerBound * rowBytes..<fineRange.lowerBound + piece
        .upperBound * rowBytes
      if isLocal {
        if let fine = localFineCodes(piece) { try await body(fine) }
        copy.drop(bytes)
      } else {
        try await body(try await remoteFineCodes(bytes, rows: piece))
      }
      if Task.isCancelled { throw .cancelled }
    }
  }

  /// Rows of the local copy, in place.
  private func localFineCodes(_ rows: Range<Int>) -> FineCodes? {
    guard let fineRange else { return nil }
    let rowBytes = CodeColumn.fineBytes(rows: 1, dimension: dimension)
    let start = fineRange.lowerBound + rows.lowerBound * rowBytes
    return copy.region.slice(start..<start + rows.count * rowBytes).map {
      FineCodes($0, rows: rows, dimension: dimension)
    }
  }

  private func remoteFineCodes(
    _ range: Range<Int>, rows: Range<Int>
  ) async throws(SegmentError) -> FineCodes {
    let parts = stride(from: range.lowerBound, to: range.upperBound, by: partBytes).map {
      $0..<min($0 + partBytes, range.upperBound)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for part in try await reader.read(separately: parts) { bytes.append(contentsOf: part) }
    return FineCodes(ByteRegion(copying: bytes), rows: rows, dimension: dimension)
  }

  /// Whether all vectors can be read without asking the bucket.
  package var hasVectorsAtHand: Bool { vectorsAreLocal.outcome == .reached }
}
