import JSON
import Model

/// A Rust struct as serde derives its reading.
struct Structure {
  let name: String
  /// In the order of their declaration, which is that of an array that stands for the struct.
  let fields: [Text]
  /// Those that the caller takes as often as they come.
  var repeatable: [Text] = []
  /// How many of the last fields an array may leave out.
  var defaultedCount = 0
  /// Whether a member that is no field is refused.
  var isStrict = false
  /// Second names of fields.
  var aliases: [Text: Text] = [:]
  /// Some of its fields are those of another struct, put among its own (`#[serde(flatten)]`): no array stands
  /// for it, and what it passes over is read.
  var isFlattened = false

  /// The field that a key names.
  func field(_ key: Text) -> Text? {
    fields.contains(key) || repeatable.contains(key) ? key : aliases[key]
  }

  fileprivate var expected: String { "struct \(name)" }
}

extension BodyReader {
  /// Reads a struct from an object or an array, calling `member` for each of its fields that is there; it must
  /// consume the value. Returns the fields.
  @discardableResult
  mutating func structure(
    _ structure: Structure,
    _ member: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) -> [Text] {
    if !structure.isFlattened, try json.peek() == .array {
      try sequence(structure, member)
      return structure.fields
    }
    var seen: [Text] = []
    seen.reserveCapacity(structure.fields.count)
    try json.beginObject(expected: structure.expected)
    while let key = try nextKey() {
      guard let field = structure.field(key) else {
        try pass(key, structure)
        continue
      }
      if !seen.contains(field) {
        seen.append(field)
      } else if !structure.repeatable.contains(field) {
        throw json.dataError("duplicate field `\(field)`", leaving: .object)
      }
      try self.member(key) { (body, _) throws(JSONError) in try member(&body, field) }
    }
    return seen
  }

  /// A member that is no field.
  private mutating func pass(_ key: Text, _ structure: Structure) throws(JSONError) {
    guard !structure.isStrict else {
      enter(.key(key))
      let known = structure.fields
      throw json.dataError(
        known.isEmpty
          ? "unknown field `\(key)`, there are no fields"
          : "unknown field `\(key)`, expected \(oneOf(known))")
    }
    try self.member(key) { (body, _) throws(JSONError) in
      if structure.isFlattened { try body.pass() } else { try body.json.skip() }
    }
  }

  private mutating func sequence(
    _ structure: Structure,
    _ member: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) {
    try json.beginArray()
    for (index, field) in structure.fields.enumerated() {
      guard try json.nextElement() else {
        guard index >= structure.fields.count - structure.defaultedCount else {
          let count = structure.fields.count
          throw json.dataError(
            "invalid length \(index), expected \(structure.expected) with \(count) "
              + (count == 1 ? "element" : "elements"))
        }
        return
      }
      try within(.index(index)) { (body) throws(JSONError) in try member(&body, field) }
    }
    try json.endArray()
  }

  /// One of the names of a Rust enum without values: a string, or an object whose one key is the name and
  /// whose value is null.
  mutating func variant<Value>(
    _ variants: [(name: Text, value: Value)]
  ) throws(JSONError) -> Value {
    switch try json.peek() {
    case .string: return try named(try json.text(), variants)
    case .object:
      try json.beginObject()
      let name = try json.text(expected: "variant identifier")
      let value = try named(name, variants)
      try json.colon()
      try within(.key(name)) { (body) throws(JSONError) in try body.json.null() }
      try json.endVariant()
      return value
    case .null, .bool, .number, .array:
      // serde_json takes anything else for a mistake of the syntax.
      let place = json.dataError("expected value")
      throw JSONError(
        kind: .syntax, message: place.message, line: place.line, column: place.column + 1)
    }
  }

  /// The value of the name that was just read.
  func named<Value>(
    _ name: Text, _ variants: [(name: Text, value: Value)]
  ) throws(JSONError) -> Value {
    guard let match = variants.first(where: { $0.name == name }) else {
      throw json.dataError(
        "unknown variant `\(name)`, expected \(oneOf(variants.map(\.name)))")
    }
    return match.value
  }

  /// The error for a field that is missing, just past its object's end.
  func require(_ field: Text, in fields: [Text]) throws(JSONError) {
    guard fields.contains(field) else { throw json.dataError("missing field `\(field)`") }
  }
}

/// As serde lists names.
private func oneOf(_ names: [Text]) -> String {
  let quoted = names.map { "`\($0)`" }
  return quoted.count <= 2
    ? quoted.joined(separator: " or ") : "one of " + quoted.joined(separator: ", ")
}
