package import Model

/// Rows that a filter is evaluated on as sets: a segment.
package protocol FilterableRows: Sendable {
  associatedtype Failure: Error

  var rowCount: Int { get }
  var metadataIndex: MetadataIndex { get }
  func uri(_ row: Int) -> Text?

  /// The rows whose documents contain the pattern, as far as an index tells; nobody asks for others than the
  /// candidates. May read the bucket.
  /// - Returns: Nil where it does not help.
  func textBounds(
    _ pattern: TextPattern, among candidates: RowSet
  ) async throws(Failure) -> RowBounds?

  /// Calls `body` for each row of the set, ascending, with its document's UTF-8, which is valid only during the
  /// call; nil where it has none. May read the bucket.
  func forEachDocument(
    in rows: RowSet, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
  ) async throws(Failure)
}
