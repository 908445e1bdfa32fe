package import Model

/// Collects the metadata of a segment's rows by key and type, with the rows of each value.
package struct MetadataIndexBuilder: Sendable {
  private struct ColumnKey: Hashable, Sendable {
    let key: Text
    let type: ColumnType
  }

  private struct Column: Sendable {
    /// Rows per value, ascending.
    var rows: [MetadataScalar: [UInt32]] = [:]
  }

  private var columns: [ColumnKey: Column] = [:]
  private var rowCount: UInt32 = 0

  package init() {}

  /// Adds the next row.
  package mutating func append(_ metadata: Metadata) {
    for entry in metadata.entries {
      let column = ColumnKey(
        key: entry.key, type: ColumnType(element: entry.value.type, isList: entry.value.isList))
      switch entry.value {
      case .bool(let value): add(.bool(value), column)
      case .int(let value): add(.int(value), column)
      case .float(let value): add(.float(value), column)
      case .string(let value): add(.string(value), column)
      case .bools(let values): for value in values { add(.bool(value), column) }
      case .ints(let values): for value in values { add(.int(value), column) }
      case .floats(let values): for value in values { add(.float(value), column) }
      case .strings(let values): for value in values { add(.string(value), column) }
      }
    }
    rowCount += 1
  }

  private mutating func add(_ value: MetadataScalar, _ column: ColumnKey) {
    columns[column, default: Column()].rows[value, default: []].appendIfNew(rowCount)
  }

  /// The index as bytes; the same rows give the same bytes.
  package func finish() -> [UInt8] {
    var directory = BinaryWriter()
    var body = BinaryWriter()
    directory.write(length: columns.count)
    for key in columns.keys.sorted(by: { ($0.key, $0.type.code) < ($1.key, $1.type.code) }) {
      let rows = columns[key]?.rows ?? [:]
      directory.write(key.key)
      directory.write(key.type.code)
      directory.write(length: rows.count)
      directory.write(length: body.count)
      Self.write(rows, into: &body)
    }
    var whole = BinaryWriter(reservingCapacity: directory.count + body.count + 4)
    whole.write(UInt32(directory.count))
    whole.write(raw: directory.bytes)
    whole.write(raw: body.bytes)
    return whole.bytes
  }

  /// The values ascending, then where the rows of each begin, then the rows.
  private static func write(_ rows: [MetadataScalar: [UInt32]], into body: inout BinaryWriter) {
    let values = rows.keys.sorted(by: precedes)
    var texts = BinaryWriter()
    for value in values {
      switch value {
      case .bool(let value): body.write(value)
      case .int(let value): body.write(value)
      case .float(let value): body.write(value)
      case .string(let value):
        body.write(UInt32(texts.count))
        value.withUTF8 { texts.write(raw: $0) }
      }
    }
    if case .string = values.first { body.write(UInt32(texts.count)) }
    var start: UInt32 = 0
    for value in values {
      body.write(start)
      start += UInt32(rows[value]?.count ?? 0)
    }
    body.write(start)
    for value in values { for row in rows[value] ?? [] { body.write(row) } }
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

extension [UInt32] {
  /// A list may have an element twice.
  fileprivate mutating func appendIfNew(_ row: UInt32) {
    if last != row { append(row) }
  }
}
