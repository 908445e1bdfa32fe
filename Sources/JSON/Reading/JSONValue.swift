package import Model

/// A JSON value as serde_json's `Value` has it: of a key that comes twice the last counts.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A whole number from 0 to 2^64 - 1.
  case unsigned(UInt64)
  /// A whole number from -2^63 to -1.
  case negative(Int64)
  case float(Double)
  case string(Text)
  case array([JSONValue])
  /// Each key once, in the order of their bytes.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let key: Text
    package let value: JSONValue
  }

  /// An object of members as they came.
  package static func object(of members: [(key: Text, value: JSONValue)]) -> JSONValue {
    let sorted = members.enumerated().sorted { a, b in
      a.element.key == b.element.key ? a.offset < b.offset : a.element.key < b.element.key
    }
    var kept: [Member] = []
    kept.reserveCapacity(members.count)
    for (_, member) in sorted {
      if kept.last?.key == member.key { kept.removeLast() }
      kept.append(Member(key: member.key, value: member.value))
    }
    return .object(kept)
  }
}

extension JSONReader {
  /// The next value, which is neither an array nor an object.
  package mutating func scalarValue() throws(JSONError) -> JSONValue {
    switch try peek() {
    case .null:
      try null()
      return .null
    case .bool: return .bool(try bool())
    case .number:
      switch try rawNumber() {
      case .unsigned(let value): return .unsigned(value)
      case .negative(let value): return .negative(value)
      case .float(let value): return .float(value)
      }
    case .string: return .string(try text())
    case .array, .object: throw invalidType(expected: "a scalar")
    }
  }
}

extension JSONValue {
  /// As serde's errors describe it.
  package var described: String {
    switch self {
    case .null: "null"
    case .bool(let value): "boolean `\(value)`"
    case .unsigned(let value): RawNumber.unsigned(value).described
    case .negative(let value): RawNumber.negative(value).described
    case .float(let value): RawNumber.float(value).described
    case .string(let text): "string \(rustDebug(text.string))"
    case .array: "sequence"
    case .object: "map"
    }
  }
}

extension JSONWriter {
  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .unsigned(let value): int(value)
    case .negative(let value): int(value)
    case .float(let value): double(value)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        self.value(member.value)
      }
      endObject()
    }
  }
}
