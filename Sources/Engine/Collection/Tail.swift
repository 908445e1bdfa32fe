import HashTreeCollections
import Model
import VectorIndex

/// The records that were inserted or changed since the manifest, in the order in which they came. A value:
/// copies are cheap, and a reader's copy never changes.
///
/// A record keeps its row as long as it is in the tail. Its vector, where it has one of its own, has a row in an
/// append-only column; a new vector gets a new row there.
struct Tail: Sendable {
  /// Live records.
  private(set) var count = 0
  /// Nil as long as there are no rows.
  private var ids: TailIDs?
  /// Of deleted records, by row.
  private var deletedIDs: TreeDictionary<UInt32, Text> = [:]
  /// Nil where the record was deleted.
  private(set) var records = ChunkedArray<TailRecord?>()
  private(set) var liveRows = RowSet(count: 0, filledWith: false)
  private(set) var vectors: VectorColumn?
  /// Per row of `vectors` the row of its record.
  private(set) var recordOfVector = ChunkedArray<UInt32>()
  /// Whether live vectors have the order of their records' offsets: rows of equal distance are then in order, too.
  private(set) var vectorsFollowOffsets = true
  private var lastOffset: UInt64 = 0
  /// Rows of `vectors` that belong to a record.
  private(set) var liveVectors = RowSet(count: 0, filledWith: false)

  /// Of the chunks of `records`.
  let indexes = TailIndexes()

  /// The row of the record with this id.
  func row(of id: Text) -> UInt32? {
    guard count > 0, let ids else { return nil }
    // The newest row of an id decides, also where its record was deleted: to look on would take as long as there are rows of an id
    // that comes and goes.
    let newest = ids.row(hash: TailIDs.hash(id), count: records.count) { row in
      (records[Int(row)]?.id ?? deletedIDs[row]) == id
    }
    return newest.flatMap { records[Int($0)] == nil ? nil : $0 }
  }

  func record(_ row: Int) -> TailRecord? { row < records.count ? records[row] : nil }

  /// The live rows, ascending by offset.
  var rowsByOffset: [Int] { byOffset(liveRows) }

  /// The live ones of some rows, ascending by offset.
  func byOffset(_ some: RowSet) -> [Int] {
    let rows = some.filter { liveRows[$0] }
    var last: UInt64 = 0
    var isAscending = true
    for row in rows {
      let offset = records[row]?.offset ?? 0
      if offset < last {
        isAscending = false
        break
      }
      last = offset
    }
    if isAscending { return rows }
    return rows.sorted { (records[$0]?.offset ?? 0) < (records[$1]?.offset ?? 0) }
  }

  /// Puts a vector behind the others, for the record that is inserted or replaced next.
  mutating func append(_ vector: ArraySlice<Float>, of row: UInt32) -> UInt32 {
    var column = vectors ?? VectorColumn(dimension: vector.count)
    vectors = nil
    let vectorRow = UInt32(column.count)
    column.append(vector)
    vectors = column
    recordOfVector.append(row)
    liveVectors.append(true)
    return vectorRow
  }

  /// The row that the next record gets.
  var nextRow: UInt32 { UInt32(records.count) }

  mutating func insert(_ record: TailRecord) {
    if case .own = record.vector {
      if record.offset < lastOffset { vectorsFollowOffsets = false }
      lastOffset = max(lastOffset, record.offset)
    }
    add(record.id, as: nextRow)
    records.append(record)
    liveRows.append(true)
    count += 1
  }

  private mutating func add(_ id: Text, as row: UInt32) {
    let hash = TailIDs.hash(id)
    if let ids, ids.append(row, hash: hash) { return }
    let table =
      ids.map { TailIDs(copying: $0, count: Int(row), capacity: Int(row) + 1) } ?? TailIDs()
    // The table is new: nobody else can have added anything to it.
    let isAdded = table.append(row, hash: hash)
    precondition(isAdded)
    ids = table
  }

  mutating func replace(_ row: UInt32, with record: TailRecord) {
    if case .own(let vectorRow) = records[Int(row)]?.vector {
      if case .own(vectorRow) = record.vector {} else { liveVectors[Int(vectorRow)] = false }
    }
    // A new vector is the last one, and the record is not.
    if case .own(let vectorRow) = record.vector, Int(vectorRow) == recordOfVector.count - 1,
      record.offset < lastOffset
    {
      vectorsFollowOffsets = false
    }
    if case .own = record.vector { lastOffset = max(lastOffset, record.offset) }
    records[Int(row)] = record
  }

  mutating func remove(_ row: UInt32) {
    guard let record = records[Int(row)] else { return }
    records[Int(row)] = nil
    deletedIDs[row] = record.id
    liveRows[Int(row)] = false
    count -= 1
    if case .own(let vectorRow) = record.vector { liveVectors[Int(vectorRow)] = false }
  }

  /// Rows of either kind that nothing uses outnumber what is used, so that giving them back is a constant share
  /// of the writes that caused it.
  var isWorthCompacting: Bool {
    max(records.count, recordOfVector.count) - count > count + 1024
  }

  /// The same records without unused rows. Rows get new numbers.
  func compacted() -> Tail {
    var tail = Tail()
    for row in liveRows {
      guard let record = records[row] else { continue }
      if case .own(let vectorRow) = record.vector, let vectors {
        let moved = tail.append(vectors[Int(vectorRow)][...], of: tail.nextRow)
        tail.insert(record.moved(toVectorRow: moved))
      } else {
        tail.insert(record)
      }
    }
    return tail
  }
}
