/// Codes of rows that will not change any more, made when they have been searched a few times without.
struct LazyCodes: Sendable {
  private(set) var made: ChunkCodes?
  private var searches = 0

  /// Making codes takes as long as about 30 exact searches, and saves nearly all of each search after that.
  private static let searchesMin = 16

  /// - Returns: Whether the caller is the one who makes the codes now.
  mutating func noteSearch() -> Bool {
    searches += 1
    return searches == Self.searchesMin
  }

  mutating func set(_ codes: ChunkCodes?) {
    made = codes
    // Whoever gave up leaves it to others.
    if codes == nil { searches = 0 }
  }
}

/// Codes of the rows of a chunk of a column, numbered from 0.
package struct ChunkCodes: Sendable {
  package let codes: CodeColumn
  package let fine: FineCodes
}
