package import Model
import Synchronization
package import VectorIndex

/// Some rows whose fine codes are read together.
package struct FinePiece: Sendable {
  package let rows: Range<Int>
  /// Whether they are in the local copy.
  package let isLocal: Bool
  /// They are all that the segment has, and memory is not short.
  package let isKept: Bool

  init(rows: Range<Int>, isLocal: Bool, isKept: Bool = false) {
    self.rows = rows
    self.isLocal = isLocal
    self.isKept = isKept
  }
}

extension Segment {
  var fineRange: Range<Int>? { codes == nil ? nil : footer.section(.fineCodes) }

  /// The fine codes of all rows, where they are at hand and memory is not short.
  package var fineCodesAtHand: FineCodes? {
    guard codesAreLocal.outcome == .reached, !budget.isOverMemory else { return nil }
    return localFineCodes(0..<rowCount)
  }

  /// The pieces in which to read the fine codes of the rows (nil: all): ranges of rows, each of which begins at a
  /// multiple of 64. None where there are no codes.
  package func finePieces(rows: RowSet?) async -> [FinePiece] {
    guard rowCount > 0, codes != nil else { return [] }
    let isLocal = await waitForLocal(
      codesAreLocal, share: Double(rows?.memberCount ?? rowCount))
    if isLocal, !budget.isOverMemory {
      return [FinePiece(rows: 0..<rowCount, isLocal: true, isKept: true)]
    }
    let rowBytes = CodeColumn.fineBytes(rows: 1, dimension: dimension)
    let pieceRows = max(pieceBytes / rowBytes / 64, 1) * 64
    return stride(from: 0, to: rowCount, by: pieceRows).compactMap { start in
      let piece = start..<min(start + pieceRows, rowCount)
      if let rows, !rows.hasMember(in: piece) { return nil }
      return FinePiece(rows: piece, isLocal: isLocal)
    }
  }

  /// The fine codes of a piece.
  package func fineCodes(of piece: FinePiece) async throws(SegmentError) -> FineCodes {
    guard let range = bytes(of: piece.rows) else {
      throw .damaged(key: key, reason: "has no codes")
    }
    if piece.isLocal, let fine = localFineCodes(piece.rows) { return fine }
    return try await remoteFineCodes(range, rows: piece.rows)
  }

  /// The piece will not be needed soon: its memory may be given back where memory is short.
  package func release(_ piece: FinePiece) {
    guard piece.isLocal, budget.isOverMemory, let range = bytes(of: piece.rows) else { return }
    copy.drop(range)
  }

  /// The clusters of the rows, where there are some, and they and the fine codes are in memory or quickly there.
  package func clustersAtHand() throws(SegmentError) -> (clusters: ClusterColumn, fine: FineCodes)?
  {
    guard let range = footer.section(.clusters), codes != nil,
      documentsAreLocal.outcome == .reached, let fine = fineCodesAtHand
    else { return nil }
    if let known = clusters.withLock({ $0 }) { return (known, fine) }
    guard range.upperBound <= footer.hotOffset, let bytes = copy.region.slice(range) else {
      throw .damaged(key: key, reason: "clusters are not where they should be")
    }
    guard ClusterColumn.isKnown(bytes) else { return nil }
    do throws(BinaryError) {
      // Without the lock: it reads some bytes of each row.
      let opened = try ClusterColumn(bytes, rowCount: rowCount, dimension: dimension)
      return clusters.withLock { known in
        if let known { return (known, fine) }
        known = opened
        budget.addMemory(opened.ownBytes)
        return (opened, fine)
      }
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
  }

  private func bytes(of rows: Range<Int>) -> Range<Int>? {
    guard let fineRange else { return nil }
    let rowBytes = CodeColumn.fineBytes(rows: 1, dimension: dimension)
    let start = fineRange.lowerBound + rows.lowerBound * rowBytes
    return start..<start + rows.count * rowBytes
  }

  /// Rows of the local copy, in place.
  private func localFineCodes(_ rows: Range<Int>) -> FineCodes? {
    bytes(of: rows).flatMap { copy.region.slice($0) }.map {
      FineCodes($0, rows: rows, dimension: dimension)
    }
  }

  private func remoteFineCodes(
    _ range: Range<Int>, rows: Range<Int>
  ) async throws(SegmentError) -> FineCodes {
    FineCodes(try await remoteRegion(range), rows: rows, dimension: dimension)
  }

  /// Whether all vectors can be read without asking the bucket.
  package var hasVectorsAtHand: Bool { vectorsAreLocal.outcome == .reached }
}
