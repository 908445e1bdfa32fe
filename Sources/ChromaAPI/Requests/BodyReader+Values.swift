import JSON
import Model

extension BodyReader {
  mutating func text() throws(JSONError) -> Text { try json.text() }

  mutating func texts() throws(JSONError) -> [Text] {
    var texts: [Text] = []
    try array { (body) throws(JSONError) in texts.append(try body.json.text()) }
    return texts
  }

  mutating func optionalTexts() throws(JSONError) -> [Text?] {
    var texts: [Text?] = []
    try array { (body) throws(JSONError) in
      texts.append(try body.json.nullIfPresent() ? nil : try body.json.text())
    }
    return texts
  }

  mutating func bool() throws(JSONError) -> Bool { try json.bool() }

  mutating func u32() throws(JSONError) -> Int {
    Int(try json.integer(in: 0...Int64(UInt32.max), expected: "u32"))
  }

  mutating func usize() throws(JSONError) -> Int {
    Int(try json.integer(in: 0...Int64.max, expected: "usize"))
  }

  mutating func double() throws(JSONError) -> Double { try json.double() }

  /// One of a Rust enum's names.
  mutating func variant<Value>(
    _ variants: [(name: Text, value: Value)]
  ) throws(JSONError) -> Value {
    guard try json.peek() == .string else {
      // serde_json takes any other scalar for a mistake of the syntax.
      let place = json.dataError("expected value")
      throw JSONError(
        kind: .syntax, message: place.message, line: place.line, column: place.column + 1)
    }
    let name = try json.text()
    guard let match = variants.first(where: { $0.name == name }) else {
      let names = variants.map { "`\($0.name)`" }.joined(separator: ", ")
      throw json.dataError("unknown variant `\(name)`, expected one of \(names)")
    }
    return match.value
  }

  /// The error for a member that an object with `deny_unknown_fields` does not have.
  func unknownField(_ field: Text, known: [Text]) -> JSONError {
    guard !known.isEmpty else {
      return json.dataError("unknown field `\(field)`, there are no fields")
    }
    let names = known.map { "`\($0)`" }.joined(separator: ", ")
    return json.dataError("unknown field `\(field)`, expected one of \(names)")
  }
}
