package import Model
import Synchronization

/// Codes of rows as they come: of chunks that are full, whose rows therefore never change, whatever copies of the column
/// there are.
extension VectorColumn {
  private static let codedDimensions = 64...65_536
  private static let sampleRows = 256
  private static let rowsPerPiece = 256

  /// The rows of the chunks that may have codes, one range each.
  package var codableChunks: [Range<Int>] {
    guard rowsPerChunk >= Self.codedRows, Self.codedDimensions.contains(dimension) else {
      return []
    }
    return (0..<count >> chunkShift).map { $0 << chunkShift..<($0 + 1) << chunkShift }
  }

  /// The codes of a codable chunk, nil where there are none yet.
  package func codes(of chunk: Range<Int>) -> ChunkCodes? {
    self.chunk(chunk).codes.withLock { $0.made }
  }

  /// To be called where a codable chunk is searched without codes.
  /// - Returns: Whether it has been searched so often that the caller should make codes now.
  package func noteSearch(of chunk: Range<Int>) -> Bool {
    self.chunk(chunk).codes.withLock { $0.noteSearch() }
  }

  /// Makes the codes of a codable chunk, relative to one of the known bases if that fits; whoever was told to must do
  /// so.
  ///
  /// - Throws: When the task is cancelled, within about a millisecond.
  @concurrent
  package func makeCodes(
    of chunk: Range<Int>, distance: Distance, among known: [CodeBasis]
  ) async throws(CancellationError) {
    var sample = VectorColumn(dimension: dimension)
    for row in stride(
      from: chunk.lowerBound, to: chunk.upperBound, by: max(chunk.count / Self.sampleRows, 1))
    {
      withRow(row) { sample.append($0) }
    }
    let basis = CodeBasis.fitting(sample, distance: distance, among: known)
    var encoder = CodeEncoder(basis: basis)
    for row in chunk {
      withRow(row) { encoder.append($0) }
      guard (row + 1).isMultiple(of: Self.rowsPerPiece) else { continue }
      await Task.yield()
      if Task.isCancelled {
        self.chunk(chunk).codes.withLock { $0.set(nil) }
        throw CancellationError()
      }
    }
    let sections = encoder.finish()
    let codes = try? CodeColumn(
      ByteRegion(copying: sections.coarse), rowCount: chunk.count, dimension: dimension)
    let made = codes.map {
      ChunkCodes(
        codes: $0,
        fine: FineCodes(
          ByteRegion(copying: sections.fine), rows: 0..<chunk.count, dimension: dimension))
    }
    self.chunk(chunk).codes.withLock { $0.set(made) }
  }
}
