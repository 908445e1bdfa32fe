package import Model
import Synchronization

/// Codes of rows as they come: of whole blocks of them, as rows never change, whatever copies of the column there are.
extension VectorColumn {
  private static let codedDimensions = 64...65_536
  private static let sampleRows = 256
  private static let rowsPerPiece = 256

  /// The rows that may have codes, a range per chunk.
  package var codableChunks: [Range<Int>] {
    guard rowsPerChunk >= Self.codedRows, Self.codedDimensions.contains(dimension) else {
      return []
    }
    let full = count >> chunkShift
    var chunks = (0..<full).map { $0 << chunkShift..<($0 + 1) << chunkShift }
    let started = full << chunkShift
    let blocks = (count - started) / CodeColumn.blockRows * CodeColumn.blockRows
    if blocks >= LazyCodes.rowsMin { chunks.append(started..<started + blocks) }
    return chunks
  }

  /// The codes of the first rows of a chunk, nil where there are none yet. They may be of fewer rows than could have
  /// some, and of more than this column has: another copy may have gone on.
  package func codes(of chunk: Range<Int>) -> ChunkCodes? {
    self.chunk(chunk).codes.withLock { $0.made }
  }

  /// To be called where rows of a codable chunk are searched without codes.
  /// - Returns: Whether they have been searched so often that the caller should make codes now.
  package func noteSearch(of chunk: Range<Int>) -> Bool {
    let isFull = chunk.count == rowsPerChunk
    return self.chunk(chunk).codes.withLock {
      $0.noteSearch(rowCount: chunk.count, isFull: isFull)
    }
  }

  /// Makes the codes of a codable chunk, relative to one of the known bases if that fits, or to that of the codes that
  /// it has already; whoever was told to must do so.
  ///
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package func makeCodes(
    of chunk: Range<Int>, distance: Distance, among known: [CodeBasis]
  ) async throws(CancellationError) {
    let before = codes(of: chunk)
    var encoder = CodeEncoder(
      basis: before?.codes.basis ?? basis(of: chunk, distance: distance, among: known),
      distance: distance)
    let copied = min(before?.count ?? 0, chunk.count)
    if let before {
      for row in 0..<copied { encoder.append(row, of: before.codes, before.fine) }
    }
    for row in chunk.dropFirst(copied) {
      withRow(row) { encoder.append($0) }
      guard (row + 1).isMultiple(of: Self.rowsPerPiece) else { continue }
      await Task.yield()
      if Task.isCancelled {
        self.chunk(chunk).codes.withLock { $0.settle(nil) }
        throw CancellationError()
      }
    }
    let sections = encoder.finish()
    let codes = try? CodeColumn(
      ByteRegion(copying: sections.coarse), layout: sections.layout, rowCount: chunk.count,
      dimension: dimension, knownBasis: encoder.basis)
    let made = codes.map {
      ChunkCodes(
        codes: $0,
        fine: FineCodes(
          ByteRegion(copying: sections.fine), rows: 0..<chunk.count, dimension: dimension))
    }
    self.chunk(chunk).codes.withLock { $0.settle(made) }
  }

  private func basis(
    of rows: Range<Int>, distance: Distance, among known: [CodeBasis]
  ) -> CodeBasis {
    var sample = VectorColumn(dimension: dimension)
    for row in stride(
      from: rows.lowerBound, to: rows.upperBound, by: max(rows.count / Self.sampleRows, 1))
    {
      withRow(row) { sample.append($0) }
    }
    return CodeBasis.fitting(sample, distance: distance, among: known)
  }
}
