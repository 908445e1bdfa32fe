package import Model

/// The metadata of a segment's rows by key and type: for each value the rows that have it. Reads the bytes that
/// `MetadataIndexBuilder` wrote in place.
package struct MetadataIndex: Sendable {
  let rowCount: Int
  private let columns: [Text: [PostingColumn]]

  /// - Throws: if the bytes are not an index of so many rows.
  package init(_ region: ByteRegion, rowCount: Int) throws(BinaryError) {
    self.rowCount = rowCount
    guard let length = region.load(at: 0, as: UInt32.self),
      let directory = region.slice(4..<4 + Int(length)),
      let body = region.slice(4 + Int(length)..<region.count)
    else { throw BinaryError("metadata index is cut short") }
    var columns: [Text: [PostingColumn]] = [:]
    var reader = BinaryReader(directory.array)
    for _ in 0..<(try reader.readLength(unit: 4)) {
      let key = try reader.readText()
      let code = try reader.readInteger(UInt8.self)
      guard let type = ColumnType(code: code) else {
        throw BinaryError("metadata type \(code) is not known")
      }
      let count = try reader.readLength(unit: 0)
      let start = try reader.readLength(unit: 0)
      columns[key, default: []].append(
        try PostingColumn(type: type, valueCount: count, body: body, start: start))
    }
    try reader.finish()
    self.columns = columns
  }

  /// The rows for whose value of the key the condition holds.
  func rows(_ key: Text, _ condition: ScalarCondition) -> RowSet {
    var rows = RowSet(count: rowCount, filledWith: false)
    for column in columns[key] ?? [] where !column.type.isList {
      switch condition {
      case .oneOf(let set):
        for scalar in set.scalars { column.add(ScalarCondition.equal(scalar), to: &rows) }
      default: column.add(condition, to: &rows)
      }
    }
    return rows
  }

  /// The rows whose list under the key has the element; types must agree.
  func rows(_ key: Text, containing element: MetadataScalar) -> RowSet {
    var rows = RowSet(count: rowCount, filledWith: false)
    for column in columns[key] ?? [] where column.type.isList {
      column.addExactly(element, to: &rows)
    }
    return rows
  }
}
