/// Codes of the first rows of a chunk, made when these have been searched a few times without.
struct LazyCodes: Sendable {
  private(set) var made: ChunkCodes?
  private var searches = 0

  /// Making codes takes as long as about 30 exact searches, and saves nearly all of each search after that.
  private static let searchesMin = 16
  /// More rows get codes when there are so many of them, or when no more will come.
  static let rowsMin = 128

  init() {}

  /// The same codes, for a chunk that begins with the first `rowCount` rows of another.
  init(of other: LazyCodes, rowCount: Int) {
    if let codes = other.made, codes.count <= rowCount { made = codes }
  }

  /// To be called when rows were searched without codes; so many could have some, and no more will where the chunk is full.
  /// - Returns: Whether the caller is the one who makes the codes now.
  mutating func noteSearch(rowCount: Int, isFull: Bool) -> Bool {
    let missing = rowCount - (made?.count ?? 0)
    guard missing >= Self.rowsMin || (isFull && missing > 0) else { return false }
    searches += 1
    return searches == Self.searchesMin
  }

  /// `codes` is nil where the caller gave up, and leaves it to others.
  mutating func settle(_ codes: ChunkCodes?) {
    if let codes, codes.count > made?.count ?? 0 { made = codes }
    searches = 0
  }
}

/// Codes of the first rows of a chunk of a column, numbered from 0.
package struct ChunkCodes: Sendable {
  package let codes: CodeColumn
  package let fine: FineCodes

  package var count: Int { codes.count }
}
