import HTTPTypes
package import JSON
import Model

/// Reads a request's body, and knows at which path of it an error was met, as serde_path_to_error does.
///
/// After an error the path stays where it was; `APIError.init(_:at:)` words both.
package struct BodyReader: ~Copyable {
  enum Step {
    case key(Text)
    case index(Int)
  }

  let bytes: [UInt8]
  var json: JSONReader
  private(set) var path: [Step] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    self.json = JSONReader(bytes)
  }

  /// Reads an object, calling `member` for each key; it must consume the value.
  mutating func object(
    expected: String = "a map",
    _ member: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) {
    try json.beginObject(expected: expected)
    while let key = try json.nextKey() {
      path.append(.key(key))
      try member(&self, key)
      path.removeLast()
    }
  }

  /// Reads an array, calling `element` for each element; it must consume the value.
  mutating func array(
    expected: String = "a sequence",
    _ element: (inout BodyReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try json.beginArray(expected: expected)
    var index = 0
    path.append(.index(0))
    while try nextElement(after: index) {
      try element(&self)
      index += 1
      path[path.count - 1] = .index(index)
    }
    path.removeLast()
  }

  /// An error between two elements belongs to the array.
  private mutating func nextElement(after index: Int) throws(JSONError) -> Bool {
    do throws(JSONError) {
      return try json.nextElement()
    } catch {
      path.removeLast()
      throw error
    }
  }

  /// Nil for `null`, else what `read` makes of the value.
  mutating func optional<Value>(
    _ read: (inout BodyReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    try json.nullIfPresent() ? nil : try read(&self)
  }

  /// The next value's text, unread; the value must be valid JSON in UTF-8.
  mutating func rawJSON() throws(JSONError) -> Text {
    _ = try json.peek()
    let start = json.offset
    try json.skipChecked()
    guard let text = Text(utf8: bytes[start..<json.offset]) else {
      throw json.dataError("invalid unicode code point")
    }
    return text
  }

  /// For an error within the array that is being read as a whole.
  mutating func enter(index: Int) { path.append(.index(index)) }

  /// The path of the error is that of the container, not of the member.
  mutating func leaveMember() { if !path.isEmpty { path.removeLast() } }

  /// As serde_path_to_error writes it: `metadatas[0].a`, empty for the whole body.
  var pathText: String {
    var text = ""
    for step in path {
      switch step {
      case .key(let key):
        if !text.isEmpty { text += "." }
        text += key.string
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

/// Which members of an object were read, to refuse one that comes twice, as serde does.
struct SeenFields {
  private var seen: [Text] = []

  /// Call it with each field that is known, before its value is read.
  mutating func note(_ field: Text, _ body: inout BodyReader) throws(JSONError) {
    guard !seen.contains(field) else {
      body.leaveMember()
      throw body.json.dataError("duplicate field `\(field)`")
    }
    seen.append(field)
  }
}

extension APIError {
  /// What axum answers to a body that it cannot read: 400 for what is no JSON, 422 for the wrong shape.
  // `package` because Swift 6.3 does not count the `throws(JSONError)` of `decode`'s parameter as a use of
  // the package import of JSON, which `decode` needs.
  package init(_ error: JSONError, at path: String) {
    let text = path.isEmpty ? error.description : "\(path): \(error)"
    switch error.kind {
    case .syntax, .eof:
      self = .invalid("Failed to parse the request body as JSON: \(text)")
    case .data:
      self = APIError(
        status: .unprocessableContent,
        message: "Failed to deserialize the JSON body into the target type: \(text)")
    }
  }
}

/// Reads a whole body as `Value`: what follows it must be white space.
package func decode<Value>(
  _ bytes: [UInt8], _ read: (inout BodyReader) throws(JSONError) -> Value
) throws(APIError) -> Value {
  var body = BodyReader(bytes)
  do throws(JSONError) {
    let value = try read(&body)
    try body.json.finish()
    return value
  } catch {
    throw APIError(error, at: body.pathText)
  }
}

/// The value, or serde's error for a field that is missing, just past its object's end.
func require<Value>(
  _ value: Value?, _ field: String, _ body: borrowing BodyReader
) throws(JSONError) -> Value {
  guard let value else { throw body.json.dataError("missing field `\(field)`") }
  return value
}
