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
    /// A member whose key could not be read.
    case unknown
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
    while let key = try nextKey() { try self.member(key, member) }
  }

  /// Reads an array, calling `element` for each element; it must consume the value.
  mutating func array(
    expected: String = "a sequence",
    _ element: (inout BodyReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try json.beginArray(expected: expected)
    var index = 0
    while try json.nextElement() {
      try within(.index(index), element)
      index += 1
    }
  }

  /// The next key of an object, its colon not consumed; nil at the object's end.
  mutating func nextKey() throws(JSONError) -> Text? {
    do throws(JSONError) {
      return try json.nextKey()
    } catch {
      path.append(.unknown)
      throw error
    }
  }

  /// Reads the value of a member whose key was read.
  mutating func member(
    _ key: Text, _ read: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) {
    // An error in between belongs to the object.
    try json.colon()
    try within(.key(key)) { (body) throws(JSONError) in try read(&body, key) }
  }

  /// What `read` makes of a part of the value that is being read.
  mutating func within<Value>(
    _ step: Step, _ read: (inout BodyReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    path.append(step)
    let value = try read(&self)
    path.removeLast()
    return value
  }

  struct Mark {
    fileprivate let json: JSONReader.Mark
    fileprivate let depth: Int
  }

  /// The current place, to read the same value a second time in another way.
  var mark: Mark { Mark(json: json.mark, depth: path.count) }

  mutating func rewind(to mark: Mark) {
    json.rewind(to: mark.json)
    path.removeLast(path.count - mark.depth)
  }

  /// Nil for `null`, else what `read` makes of the value.
  mutating func optional<Value>(
    _ read: (inout BodyReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    try json.nullIfPresent() ? nil : try read(&self)
  }

  /// For an error in the last step of the path.
  mutating func enter(_ step: Step) { path.append(step) }

  /// An error of the value just read that serde notices only when it leaves the container around it.
  mutating func lateError(_ message: String) -> JSONError {
    if case .index = path.last { return json.dataError(message, leaving: .array) }
    return json.dataError(message, leaving: .object)
  }

  /// As serde_path_to_error writes it: `metadatas[0].a`, empty for the whole body.
  var pathText: String {
    guard !path.allSatisfy({ if case .unknown = $0 { true } else { false } }) else { return "" }
    var text = ""
    for step in path {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key, .unknown:
        if !text.isEmpty { text += "." }
        if case .key(let key) = step { text += key.string } else { text += "?" }
      }
    }
    return text
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
