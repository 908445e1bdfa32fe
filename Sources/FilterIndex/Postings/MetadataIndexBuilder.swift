package import Model

/// Collects the metadata of a segment's rows by key and type, with the rows of each value.
package struct MetadataIndexBuilder: Sendable {
  private struct ColumnKey: Hashable, Sendable {
    let key: Text
    let type: ColumnType
  }

  private struct Column: Sendable {
    let key: ColumnKey
    /// Numbers of the values, in the order in which they came.
    var numbers: [MetadataScalar: UInt32] = [:]
    var values: [MetadataScalar] = []
    /// Per value its last row, and how many it has.
    var lastRows: [UInt32] = []
    var rowCounts: [UInt32] = []
    /// A value's number and a row that has it, rows ascending.
    var postings: [(value: UInt32, row: UInt32)] = []

    /// A list may have an element twice.
    mutating func add(_ value: MetadataScalar, _ row: UInt32) {
      if let number = numbers[value] {
        guard lastRows[Int(number)] != row else { return }
        lastRows[Int(number)] = row
        rowCounts[Int(number)] += 1
        postings.append((number, row))
      } else {
        let number = UInt32(values.count)
        numbers[value] = number
        values.append(value)
        lastRows.append(row)
        rowCounts.append(1)
        postings.append((number, row))
      }
    }
  }

  private var columns: [Column] = []
  private var numbers: [ColumnKey: Int] = [:]
  /// The columns of the last row's entries: most rows have the same keys.
  private var lastColumns: [Int] = []
  private var rowCount: UInt32 = 0

  package init() {}

  /// Adds the next row.
  package mutating func append(_ metadata: Metadata) {
    for (place, entry) in metadata.entries.enumerated() {
      let type = ColumnType(element: entry.value.type, isList: entry.value.isList)
      let column = column(ColumnKey(key: entry.key, type: type), at: place)
      switch entry.value {
      case .bool(let value): columns[column].add(.bool(value), rowCount)
      case .int(let value): columns[column].add(.int(value), rowCount)
      case .float(let value): columns[column].add(.float(value), rowCount)
      case .string(let value): columns[column].add(.string(value), rowCount)
      case .bools(let values): for value in values { columns[column].add(.bool(value), rowCount) }
      case .ints(let values): for value in values { columns[column].add(.int(value), rowCount) }
      case .floats(let values): for value in values { columns[column].add(.float(value), rowCount) }
      case .strings(let values):
        for value in values { columns[column].add(.string(value), rowCount) }
      }
    }
    rowCount += 1
  }

  /// The column of a key, which is made where there is none.
  private mutating func column(_ key: ColumnKey, at place: Int) -> Int {
    if place < lastColumns.count, columns[lastColumns[place]].key == key {
      return lastColumns[place]
    }
    let number = numbers[key] ?? columns.count
    if number == columns.count {
      numbers[key] = number
      columns.append(Column(key: key))
    }
    if place < lastColumns.count {
      lastColumns[place] = number
    } else {
      lastColumns.append(number)
    }
    return number
  }

  /// The index as bytes; the same rows give the same bytes.
  package func finish() -> [UInt8] {
    var directory = BinaryWriter()
    var body = BinaryWriter()
    // A list without elements has a key and no value.
    let written = columns.filter { !$0.values.isEmpty }
    directory.write(length: written.count)
    for column in written.sorted(by: {
      ($0.key.key, $0.key.type.code) < ($1.key.key, $1.key.type.code)
    }) {
      directory.write(column.key.key)
      directory.write(column.key.type.code)
      directory.write(length: column.values.count)
      directory.write(length: body.count)
      Self.write(column, into: &body)
    }
    var whole = BinaryWriter(reservingCapacity: directory.count + body.count + 4)
    whole.write(UInt32(directory.count))
    whole.write(raw: directory.bytes)
    whole.write(raw: body.bytes)
    return whole.bytes
  }

  /// The values ascending, then where the rows of each begin, then the rows.
  private static func write(_ column: Column, into body: inout BinaryWriter) {
    let order = column.values.indices.sorted { precedes(column.values[$0], column.values[$1]) }
    var texts = BinaryWriter()
    for number in order {
      switch column.values[number] {
      case .bool(let value): body.write(value)
      case .int(let value): body.write(value)
      case .float(let value): body.write(value)
      case .string(let value):
        body.write(UInt32(texts.count))
        value.withUTF8 { texts.write(raw: $0) }
      }
    }
    if case .string = column.values.first { body.write(UInt32(texts.count)) }
    var next = [Int](repeating: 0, count: order.count)
    var start = 0
    for number in order {
      body.write(UInt32(start))
      next[number] = start
      start += Int(column.rowCounts[number])
    }
    body.write(UInt32(start))
    var rows = [UInt32](repeating: 0, count: start)
    for posting in column.postings {
      rows[next[Int(posting.value)]] = posting.row
      next[Int(posting.value)] += 1
    }
    for row in rows { body.write(row) }
    body.write(raw: texts.bytes)
  }

  private static func precedes(_ a: MetadataScalar, _ b: MetadataScalar) -> Bool {
    switch (a, b) {
    case (.bool(let a), .bool(let b)): !a && b
    case (.int(let a), .int(let b)): a < b
    // -0.0 and 0.0 are one value to a dictionary.
    case (.float(let a), .float(let b)): a < b
    case (.string(let a), .string(let b)): a < b
    default: false
    }
  }
}
