import FilterIndex
import Model
import Segments
import Synchronization

/// The metadata and words of a full chunk of the tail's records, as they were when it was made.
final class TailChunkIndex: FilterableRows {
  let records: ContiguousArray<TailRecord?>
  /// Rows that have to be looked at one by one: their documents are not in the tail.
  let unindexed: RowSet
  let metadataIndex: MetadataIndex
  private let words: TextIndex?
  private let wordRows: ByteRegion

  var rowCount: Int { records.count }

  /// - Throws: Never, as long as the builders write what the readers take.
  init(_ records: ContiguousArray<TailRecord?>, seed: UInt64) throws(BinaryError) {
    self.records = records
    var unindexed = RowSet(count: records.count, filledWith: false)
    var metadata = MetadataIndexBuilder()
    var text = TextIndexBuilder(seed: seed, wordsMax: 200_000)
    for (row, record) in records.enumerated() {
      metadata.append(record?.metadata ?? Metadata())
      switch record?.document {
      case .own(let document): document.withUTF8 { text.append($0) }
      case .some(.none), nil: text.append(nil)
      case .row:
        text.append(nil)
        unindexed[row] = true
      }
    }
    self.unindexed = unindexed
    metadataIndex = try MetadataIndex(
      ByteRegion(copying: metadata.finish()), rowCount: records.count)
    let sections = text.finish()
    words = try sections.map { sections throws(BinaryError) in
      try TextIndex(ByteRegion(copying: sections.words), rowCount: records.count)
    }
    wordRows = ByteRegion(copying: sections?.rows ?? [])
  }

  /// Of the documents that the tail itself has.
  static func documentBytes(of records: ContiguousArray<TailRecord?>) -> Int {
    records.reduce(0) { sum, record in
      if case .own(let document) = record?.document { sum + document.utf8Count } else { sum }
    }
  }

  func uri(_ row: Int) -> Text? { records[row]?.uri }

  func textBounds(
    _ pattern: TextPattern, among candidates: RowSet
  ) async throws(SegmentError) -> RowBounds? {
    guard let plan = try? words?.plan(for: pattern) else { return nil }
    return plan.bounds(plan.ranges.compactMap { wordRows.slice($0) })
  }

  func forEachDocument(
    in rows: RowSet, _ body: (Int, UnsafeBufferPointer<UInt8>?) -> Void
  ) async throws(SegmentError) {
    for row in rows {
      if case .own(let document) = records[row]?.document {
        document.withUTF8 { body(row, $0) }
      } else {
        body(row, nil)
      }
    }
  }
}

/// The indexes of a tail's chunks, made when they have been asked for a few times. All states that come from one
/// tail share them: whoever uses one compares which records have been replaced since.
final class TailIndexes: Sendable {
  private struct Entry {
    var searches = 0
    var index: TailChunkIndex?
  }

  private let entries = Mutex<[Int: Entry]>([:])

  /// Making an index takes as long as a few dozen searches.
  private static let searchesMin = 8
  /// Of a chunk in which more records were replaced, a new one is made.
  private static let changedMax = 128

  func index(of chunk: Int) -> TailChunkIndex? { entries.withLock { $0[chunk]?.index } }

  /// To be called where a chunk is searched without an index.
  /// - Returns: Whether it has been searched so often that the caller should make one now.
  func noteSearch(of chunk: Int) -> Bool {
    entries.withLock { entries in
      entries[chunk, default: Entry()].searches += 1
      return entries[chunk]?.searches == Self.searchesMin
    }
  }

  func set(_ index: TailChunkIndex, of chunk: Int) {
    entries.withLock { $0[chunk] = Entry(index: index) }
  }

  /// To be called with the number of records that were replaced since the index was made.
  func noteChanges(_ count: Int, of chunk: Int) {
    guard count > Self.changedMax else { return }
    entries.withLock { $0[chunk] = nil }
  }
}
