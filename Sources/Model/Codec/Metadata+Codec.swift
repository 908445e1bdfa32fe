/// How a metadata value is marked in bytes; 0 stands for "remove the key".
enum ValueCode {
  static let removed: UInt8 = 0
  static let no: UInt8 = 1
  static let yes: UInt8 = 2
  static let int: UInt8 = 3
  static let float: UInt8 = 4
  static let string: UInt8 = 5
  static let bools: UInt8 = 6
  static let ints: UInt8 = 7
  static let floats: UInt8 = 8
  static let strings: UInt8 = 9
}

extension MetadataChange {
  package func encode(into writer: inout BinaryWriter) {
    writer.write(length: entries.count)
    for entry in entries {
      writer.write(entry.key)
      if let value = entry.value {
        value.encode(into: &writer)
      } else {
        writer.write(ValueCode.removed)
      }
    }
  }

  package init(from reader: inout BinaryReader) throws(BinaryError) {
    var entries: [Entry] = []
    let count = try reader.readLength(unit: 2)
    for _ in 0..<count {
      let key = try reader.readText()
      let code = try reader.readInteger(UInt8.self)
      let value =
        code == ValueCode.removed ? nil : try MetadataValue(code: code, from: &reader)
      entries.append(Entry(key: key, value: value))
    }
    self.init(entries)
  }
}

extension Metadata {
  package func encode(into writer: inout BinaryWriter) {
    writer.write(length: count)
    for entry in entries {
      writer.write(entry.key)
      entry.value.encode(into: &writer)
    }
  }

  package init(from reader: inout BinaryReader) throws(BinaryError) {
    let count = try reader.readLength(unit: 2)
    var entries: [Entry] = []
    entries.reserveCapacity(min(count, 4096))
    for _ in 0..<count {
      let key = try reader.readText()
      let value = try MetadataValue(code: try reader.readInteger(), from: &reader)
      entries.append(Entry(key: key, value: value))
    }
    self.init(entries)
  }
}

extension MetadataValue {
  /// The type's code, then the value.
  package func encode(into writer: inout BinaryWriter) {
    switch self {
    case .bool(let value): writer.write(value ? ValueCode.yes : ValueCode.no)
    case .int(let value):
      writer.write(ValueCode.int)
      writer.write(value)
    case .float(let value):
      writer.write(ValueCode.float)
      writer.write(value)
    case .string(let value):
      writer.write(ValueCode.string)
      writer.write(value)
    case .bools(let values):
      writer.write(ValueCode.bools)
      writer.write(length: values.count)
      for value in values { writer.write(value) }
    case .ints(let values):
      writer.write(ValueCode.ints)
      writer.write(length: values.count)
      for value in values { writer.write(value) }
    case .floats(let values):
      writer.write(ValueCode.floats)
      writer.write(length: values.count)
      for value in values { writer.write(value) }
    case .strings(let values):
      writer.write(ValueCode.strings)
      writer.write(length: values.count)
      for value in values { writer.write(value) }
    }
  }

  package init(code: UInt8, from reader: inout BinaryReader) throws(BinaryError) {
    switch code {
    case ValueCode.no: self = .bool(false)
    case ValueCode.yes: self = .bool(true)
    case ValueCode.int: self = .int(try reader.readInteger())
    case ValueCode.float: self = .float(try reader.readDouble())
    case ValueCode.string: self = .string(try reader.readText())
    case ValueCode.bools:
      self = .bools(
        try reader.readList(unit: 1) { reader throws(BinaryError) in try reader.readBool() })
    case ValueCode.ints:
      self = .ints(
        try reader.readList(unit: 8) { reader throws(BinaryError) in try reader.readInteger() })
    case ValueCode.floats:
      self = .floats(
        try reader.readList(unit: 8) { reader throws(BinaryError) in try reader.readDouble() })
    case ValueCode.strings:
      self = .strings(
        try reader.readList(unit: 1) { reader throws(BinaryError) in try reader.readText() })
    default: throw BinaryError("value type \(code) is not known")
    }
  }
}

extension BinaryReader {
  /// A length, then that many elements of at least `unit` bytes each.
  package mutating func readList<Element>(
    unit: Int, _ element: (inout BinaryReader) throws(BinaryError) -> Element
  ) throws(BinaryError) -> [Element] {
    let count = try readLength(unit: unit)
    var list: [Element] = []
    list.reserveCapacity(min(count, 4096))
    for _ in 0..<count { list.append(try element(&self)) }
    return list
  }
}

extension MetadataChange {
  /// About the bytes that it takes in a payload.
  package var estimatedBytes: Int {
    entries.reduce(2) { $0 + $1.key.utf8Count + ($1.value?.estimatedBytes ?? 1) + 2 }
  }
}

extension Metadata {
  /// About the bytes that it takes in a payload.
  package var estimatedBytes: Int {
    entries.reduce(2) { $0 + $1.key.utf8Count + $1.value.estimatedBytes + 2 }
  }
}

extension MetadataValue {
  package var estimatedBytes: Int {
    switch self {
    case .bool: 1
    case .int, .float: 9
    case .string(let text): text.utf8Count + 2
    case .bools(let values): values.count + 2
    case .ints(let values): values.count * 8 + 2
    case .floats(let values): values.count * 8 + 2
    case .strings(let values): values.reduce(2) { $0 + $1.utf8Count + 2 }
    }
  }
}
