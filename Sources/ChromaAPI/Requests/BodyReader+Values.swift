package import JSON
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

  mutating func usize() throws(JSONError) -> UInt64 {
    try json.unsignedInteger(expected: "usize")
  }

  mutating func double() throws(JSONError) -> Double { try json.double() }

  /// The next value, whatever it is.
  package mutating func value() throws(JSONError) -> JSONValue {
    switch try json.peek() {
    case .array:
      var elements: [JSONValue] = []
      try array { (body) throws(JSONError) in elements.append(try body.value()) }
      return .array(elements)
    case .object:
      var members: [(key: Text, value: JSONValue)] = []
      try object { (body, key) throws(JSONError) in members.append((key, try body.value())) }
      return .object(of: members)
    case .null, .bool, .number, .string: return try json.scalarValue()
    }
  }

  /// Passes over the next value, but reads every string and number in it, as serde does where it keeps a
  /// value before it knows what it is for.
  mutating func pass() throws(JSONError) {
    switch try json.peek() {
    case .array: try array { (body) throws(JSONError) in try body.pass() }
    case .object: try object { (body, _) throws(JSONError) in try body.pass() }
    case .null, .bool, .number, .string: _ = try json.scalarValue()
    }
  }

  /// What `read` makes of a value that serde keeps before it looks at it. Where `read`, which knows no path,
  /// finds no such value or none at all, the value is passed over, so that a mistake of the syntax is told
  /// at its own path.
  mutating func kept<Value>(
    _ read: (inout BodyReader) throws(JSONError) -> Value?
  ) throws(JSONError) -> Value? {
    let mark = mark
    if let found = try? read(&self) { return found }
    rewind(to: mark)
    try pass()
    return nil
  }
}
