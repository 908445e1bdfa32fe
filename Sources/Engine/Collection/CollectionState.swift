import CommitLog
import HashTreeCollections
package import Model
import VectorIndex

/// All records of a collection after some entry of its log. A value: copies are cheap, and a reader's copy
/// never changes.
///
/// A record keeps its row for life, so rows are in the order of first insertion. Its vector has a row of its own
/// in an append-only column; a new vector gets a new row there.
package struct CollectionState: Sendable {
  package let id: UniqueID
  /// Components per vector, from the first record on.
  package internal(set) var dimension: Int?
  /// The collection was deleted; its log takes nothing more.
  package internal(set) var isSealed = false
  package internal(set) var observedKeys: Set<ObservedKey> = []

  var rowsByID: TreeDictionary<Text, UInt32> = [:]
  /// Nil where the record was deleted.
  var records = ChunkedArray<StoredRecord?>()
  var liveRows = RowSet(count: 0, filledWith: false)
  var vectors: VectorColumn?
  /// Per row of `vectors` the row of its record.
  var recordOfVector = ChunkedArray<UInt32>()
  /// Rows of `vectors` that belong to a record.
  var liveVectors = RowSet(count: 0, filledWith: false)

  package init(id: UniqueID) { self.id = id }

  /// Number of records.
  package var count: Int { rowsByID.count }

  // MARK: Changes

  /// Inserts a record that is not there yet, behind all others.
  mutating func insert(
    id: Text, vector: ArraySlice<Float>, document: Text?, uri: Text?, metadata: Metadata
  ) {
    let row = UInt32(records.count)
    let vectorRow = append(vector, of: row)
    records.append(
      StoredRecord(
        id: id, document: document, uri: uri, metadata: metadata, vectorRow: vectorRow))
    liveRows.append(true)
    rowsByID[id] = row
  }

  /// Changes those parts of a record that are given.
  mutating func change(
    row: UInt32, vector: ArraySlice<Float>?, document: Text?, uri: Text?,
    metadata change: MetadataChange?
  ) {
    guard let old = records[Int(row)] else { return }
    var metadata = old.metadata
    if let change { metadata.merge(change) }
    var vectorRow = old.vectorRow
    if let vector {
      liveVectors[Int(old.vectorRow)] = false
      vectorRow = append(vector, of: row)
    }
    records[Int(row)] = StoredRecord(
      id: old.id, document: document ?? old.document, uri: uri ?? old.uri, metadata: metadata,
      vectorRow: vectorRow)
  }

  mutating func remove(_ id: Text) {
    guard let row = rowsByID.removeValue(forKey: id), let record = records[Int(row)] else {
      return
    }
    records[Int(row)] = nil
    liveRows[Int(row)] = false
    liveVectors[Int(record.vectorRow)] = false
  }

  mutating func observe(_ metadata: MetadataChange) {
    for entry in metadata.entries {
      guard let type = entry.value?.type else { continue }
      let observed = ObservedKey(key: entry.key, type: type)
      guard !observedKeys.contains(observed), !entry.key.hasPrefix("chroma:") else { continue }
      observedKeys.insert(observed)
    }
  }

  private mutating func append(_ vector: ArraySlice<Float>, of row: UInt32) -> UInt32 {
    var column = vectors ?? VectorColumn(dimension: vector.count)
    vectors = nil
    let vectorRow = UInt32(column.count)
    column.append(vector)
    vectors = column
    recordOfVector.append(row)
    liveVectors.append(true)
    return vectorRow
  }

  // MARK: Compaction

  /// Rows of either kind that nothing uses are given back when they outnumber what is used, so that the work is
  /// a constant share of the writes that caused it.
  mutating func compactIfWorthwhile() {
    let unused = max(records.count, recordOfVector.count) - count
    guard unused > count + 1024 else { return }
    var compacted = CollectionState(id: id)
    compacted.dimension = dimension
    compacted.isSealed = isSealed
    compacted.observedKeys = observedKeys
    for row in liveRows {
      guard let record = records[row], let vectors else { continue }
      compacted.insert(
        id: record.id, vector: vectors[Int(record.vectorRow)][...], document: record.document,
        uri: record.uri, metadata: record.metadata)
    }
    self = compacted
  }
}
