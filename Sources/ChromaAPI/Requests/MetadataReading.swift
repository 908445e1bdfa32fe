import JSON
import Model

/// A record's or a collection's metadata as it came, with what cannot be stored noted.
struct ReadMetadata {
  var entries: [MetadataChange.Entry] = []
  /// The first key that holds a sparse vector.
  var sparseKey: Text?
  /// A sparse vector that contradicts itself.
  var hasInvalidSparseVector = false

  /// Whether some key is empty or begins with `#` or `$`, which Chroma keeps for itself, or a sparse vector
  /// contradicts itself.
  var isInvalid: Bool { hasInvalidSparseVector || entries.contains { isReservedKey($0.key) } }

  /// Puts the entries in the order of their keys; of one that came several times the last stays.
  mutating func sort() {
    guard !zip(entries, entries.dropFirst()).allSatisfy({ $0.key < $1.key }) else { return }
    if entries.count <= Self.fewEntries { return sortFew() }
    let sorted = entries.enumerated().sorted { a, b in
      a.element.key == b.element.key ? a.offset < b.offset : a.element.key < b.element.key
    }
    entries.removeAll(keepingCapacity: true)
    for (_, entry) in sorted {
      if entries.last?.key == entry.key { entries.removeLast() }
      entries.append(entry)
    }
  }

  /// The same without memory of its own.
  private mutating func sortFew() {
    var count = 0
    for index in entries.indices {
      let entry = entries[index]
      var place = count
      while place > 0, entry.key < entries[place - 1].key { place -= 1 }
      if place > 0, entries[place - 1].key == entry.key {
        entries[place - 1] = entry
        continue
      }
      for later in stride(from: count, to: place, by: -1) { entries[later] = entries[later - 1] }
      entries[place] = entry
      count += 1
    }
    entries.removeLast(entries.count - count)
  }

  private static let fewEntries = 16
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
    switch try json.peek() {
    case .bool: return .bool(try json.bool())
    case .number:
      switch try json.number() {
      case .int(let value): return .int(value)
      case .float(let value): return .float(value)
      }
    case .string: return .string(try json.text())
    case .null:
      try json.null()
      if allowsNull { return nil }
    case .array:
      let mark = mark
      if let list = try kept({ (body) throws(JSONError) in try body.json.metadataList() }) {
        return list
      }
      rewind(to: mark)
      if try sparseVector(key, &metadata) { return nil }
    case .object:
      if try sparseVector(key, &metadata) { return nil }
    }
    let name = allowsNull ? "UpdateMetadataValue" : "MetadataValue"
    throw lateError("data did not match any variant of untagged enum \(name)")
  }

  /// Whether the value is a sparse vector, which is noted.
  private mutating func sparseVector(
    _ key: Text, _ metadata: inout ReadMetadata
  ) throws(JSONError) -> Bool {
    guard let vector = SparseVector(try members()) else { return false }
    metadata.sparseKey = metadata.sparseKey ?? key
    if !vector.isValid { metadata.hasInvalidSparseVector = true }
    return true
  }

  /// The members of an object as they come, or the elements of an array under the names of a sparse vector's
  /// fields, which serde takes for one, too.
  private mutating func members() throws(JSONError) -> [(key: Text, value: JSONValue)] {
    var members: [(key: Text, value: JSONValue)] = []
    if try json.peek() == .object {
      try object { (body, key) throws(JSONError) in members.append((key, try body.value())) }
    } else {
      try array { (body) throws(JSONError) in
        let index = members.count
        let name = index < SparseVector.fields.count ? SparseVector.fields[index] : ""
        members.append((name, try body.value()))
      }
      // No field may be missing there, and none be too many.
      if members.count != SparseVector.fields.count { members = [] }
    }
    return members
  }
}

extension JSONReader {
  /// A list of one type (numbers of both kinds are floats), or nil with the value half read.
  fileprivate mutating func metadataList() throws(JSONError) -> MetadataValue? {
    var bools: [Bool] = []
    var numbers: [JSONNumber] = []
    var strings: [Text] = []
    try beginArray()
    while try nextElement() {
      switch try peek() {
      case .bool where numbers.isEmpty && strings.isEmpty: bools.append(try bool())
      case .number where bools.isEmpty && strings.isEmpty: numbers.append(try number())
      case .string where bools.isEmpty && numbers.isEmpty: strings.append(try text())
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
}

/// What matters of a sparse vector, which is refused: whether it is one.
private struct SparseVector {
  static let fields: [Text] = ["#type", "indices", "values", "tokens"]

  /// Whether its lists are of one length and its indices rise.
  let isValid: Bool

  /// Nil for what Chroma does not take for a sparse vector.
  init?(_ members: [(key: Text, value: JSONValue)]) {
    var fields: [Text: JSONValue] = [:]
    for (key, value) in members where Self.fields.contains(key) {
      guard fields.updateValue(value, forKey: key) == nil else { return nil }
    }
    switch fields["#type"] {
    case nil, .null, .string("sparse_vector"): break
    default: return nil
    }
    guard case .array(let indices) = fields["indices"], case .array(let values) = fields["values"],
      values.allSatisfy(\.isNumber)
    else { return nil }
    var numbers: [UInt32] = []
    for index in indices {
      guard case .unsigned(let value) = index, let number = UInt32(exactly: value) else {
        return nil
      }
      numbers.append(number)
    }
    var lengths = [indices.count, values.count]
    switch fields["tokens"] {
    case nil, .null: break
    case .array(let tokens) where tokens.allSatisfy(\.isString): lengths.append(tokens.count)
    default: return nil
    }
    isValid =
      Set(lengths).count == 1 && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension JSONValue {
  fileprivate var isNumber: Bool {
    switch self {
    case .unsigned, .negative, .float: true
    case .null, .bool, .string, .array, .object: false
    }
  }

  fileprivate var isString: Bool { if case .string = self { true } else { false } }
}
