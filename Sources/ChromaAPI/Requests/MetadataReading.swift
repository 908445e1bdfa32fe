import JSON
import Model

/// A record's or a collection's metadata as it came, with what cannot be stored noted.
struct ReadMetadata {
  var entries: [MetadataChange.Entry] = []
  /// The first key that holds a sparse vector.
  var sparseKey: Text?

  /// Whether some key is empty or begins with `#` or `$`, which Chroma keeps for itself.
  var hasReservedKey: Bool { entries.contains { isReservedKey($0.key) } }

  /// Puts the entries in the order of their keys; of one that came several times the last stays.
  mutating func sort() {
    guard !zip(entries, entries.dropFirst()).allSatisfy({ $0.key < $1.key }) else { return }
    let sorted = entries.enumerated().sorted { a, b in
      a.element.key == b.element.key ? a.offset < b.offset : a.element.key < b.element.key
    }
    entries.removeAll(keepingCapacity: true)
    for (_, entry) in sorted {
      if entries.last?.key == entry.key { entries.removeLast() }
      entries.append(entry)
    }
  }
}

func isReservedKey(_ key: Text) -> Bool {
  key.isEmpty || key.hasPrefix("#") || key.hasPrefix("$")
}

extension BodyReader {
  /// Reads an object of metadata. `null` removes a key where `allowsNull`; elsewhere it is refused, as the
  /// enum of that name in Chroma has no such variant. The entries are in the order of their keys.
  mutating func metadata(allowsNull: Bool) throws(JSONError) -> ReadMetadata {
    var metadata = ReadMetadata()
    try object { (body, key) throws(JSONError) in
      let value = try body.metadataValue(key, allowsNull: allowsNull, &metadata)
      metadata.entries.append(MetadataChange.Entry(key: key, value: value))
    }
    metadata.sort()
    return metadata
  }

  private mutating func metadataValue(
    _ key: Text, allowsNull: Bool, _ metadata: inout ReadMetadata
  ) throws(JSONError) -> MetadataValue? {
    let mark = json.mark
    switch try json.peek() {
    case .bool: return .bool(try json.bool())
    case .number:
      switch try json.number() {
      case .int(let value): return .int(value)
      case .float(let value): return .float(value)
      }
    case .string: return .string(try json.text())
    case .null where allowsNull:
      try json.null()
      return nil
    case .null: try json.null()
    case .array:
      if let list = try metadataList() { return list }
      json.rewind(to: mark)
      try json.skip()
    case .object:
      if try sparseVector() {
        metadata.sparseKey = metadata.sparseKey ?? key
        return nil
      }
      json.rewind(to: mark)
      try json.skip()
    }
    let name = allowsNull ? "UpdateMetadataValue" : "MetadataValue"
    throw json.dataError(
      "data did not match any variant of untagged enum \(name)", leaving: .object)
  }

  /// A list of one type (numbers of both kinds are floats), or nil with the value half read.
  private mutating func metadataList() throws(JSONError) -> MetadataValue? {
    var bools: [Bool] = []
    var numbers: [JSONNumber] = []
    var strings: [Text] = []
    try json.beginArray()
    while try json.nextElement() {
      switch try json.peek() {
      case .bool where numbers.isEmpty && strings.isEmpty: bools.append(try json.bool())
      case .number where bools.isEmpty && strings.isEmpty: numbers.append(try json.number())
      case .string where bools.isEmpty && numbers.isEmpty: strings.append(try json.text())
      default: return nil
      }
    }
    if !strings.isEmpty { return .strings(strings) }
    if numbers.isEmpty { return .bools(bools) }
    var ints: [Int64] = []
    for number in numbers {
      guard case .int(let value) = number else { return .floats(numbers.map(\.double)) }
      ints.append(value)
    }
    return .ints(ints)
  }

  /// Whether the value is a sparse vector: `{"indices": [...], "values": [...]}`, with its type tag or none.
  private mutating func sparseVector() throws(JSONError) -> Bool {
    var fields: Set<Text> = []
    try json.beginObject()
    while let key = try json.nextKey() {
      let kind = try json.peek()
      if key == "#type" {
        guard kind == .string, try json.text() == "sparse_vector" else { return false }
        continue
      }
      guard kind == .array || key != "indices" && key != "values" else { return false }
      fields.insert(key)
      try json.skip()
    }
    return fields.isSuperset(of: ["indices", "values"])
  }
}
