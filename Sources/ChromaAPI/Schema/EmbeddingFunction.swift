package import JSON
package import Model

/// The note in a collection which function made its vectors; the server only keeps it.
package enum EmbeddingFunction: Hashable, Sendable {
  case legacy
  case unknown
  /// `configuration` is JSON.
  case known(name: Text, configuration: Text)

  /// Chroma takes these for "nobody chose one".
  var isDefault: Bool {
    switch self {
    case .legacy: false
    case .unknown: true
    case .known(let name, _): name == "default"
    }
  }

  func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.key("type")
    switch self {
    case .legacy: json.string("legacy" as Text)
    case .unknown: json.string("unknown" as Text)
    case .known(let name, let configuration):
      json.string("known" as Text)
      json.key("name")
      json.string(name)
      json.key("config")
      json.raw(configuration.string.utf8)
    }
    json.endObject()
  }
}

/// An enum with a tag inside, as serde reads one: all of it is kept first, and what is wrong with the rest
/// shows only when the object around it ends.
extension BodyReader {
  private static let functionTypes: [(name: Text, value: Int)] = [
    ("legacy", 0), ("known", 1), ("unknown", 2),
  ]

  package mutating func embeddingFunction() throws(JSONError) -> EmbeddingFunction {
    let (type, members) =
      try json.peek() == .array ? try functionSequence() : try functionObject()
    if type == 1 {
      switch KnownFunction.read(members) {
      case .success(let function): return function
      case .failure(let failure): throw lateError(failure.message)
      }
    }
    if case .array(let elements) = members, !elements.isEmpty {
      throw lateError("invalid length \(elements.count), expected 0 elements in sequence")
    }
    return type == 0 ? .legacy : .unknown
  }

  private mutating func functionObject() throws(JSONError) -> (Int, JSONMembers) {
    var type: Int?
    var members: [(key: Text, value: JSONValue)] = []
    try json.beginObject(
      expected: "internally tagged enum EmbeddingFunctionConfiguration")
    while let key = try nextKey() {
      if key == "type", type != nil {
        throw json.dataError("duplicate field `type`", leaving: .object)
      }
      try member(key) { (body, key) throws(JSONError) in
        if key == "type" {
          type = try body.functionType()
        } else {
          members.append((key, try body.value()))
        }
      }
    }
    guard let type else { throw json.dataError("missing field `type`") }
    return (type, .object(members))
  }

  /// The tag first, then the fields in their order.
  private mutating func functionSequence() throws(JSONError) -> (Int, JSONMembers) {
    var type: Int?
    var elements: [JSONValue] = []
    try array { (body) throws(JSONError) in
      if type == nil {
        type = try body.functionType()
      } else {
        elements.append(try body.value())
      }
    }
    guard let type else { throw json.dataError("missing field `type`") }
    return (type, .array(elements))
  }

  private mutating func functionType() throws(JSONError) -> Int {
    try named(try json.text(expected: "variant identifier"), Self.functionTypes)
  }
}

private enum JSONMembers {
  case object([(key: Text, value: JSONValue)])
  case array([JSONValue])
}

private struct KnownFunction {
  struct Failure: Error {
    let message: String
  }

  private var name: Text?
  private var configuration: JSONValue?

  static func read(_ members: JSONMembers) -> Result<EmbeddingFunction, Failure> {
    var function = KnownFunction()
    do throws(Failure) {
      switch members {
      case .object(let members):
        for (key, value) in members { try function.take(key, value) }
        guard let name = function.name else { throw Failure(message: "missing field `name`") }
        guard let configuration = function.configuration else {
          throw Failure(message: "missing field `config`")
        }
        return .success(.known(name: name, configuration: .json { $0.value(configuration) }))
      case .array(let elements):
        for (key, value) in zip(["name", "config"] as [Text], elements) {
          try function.take(key, value)
        }
        guard let name = function.name, let configuration = function.configuration else {
          throw Failure(
            message: "invalid length \(elements.count), "
              + "expected struct EmbeddingFunctionNewConfiguration with 2 elements")
        }
        guard elements.count == 2 else {
          throw Failure(
            message: "invalid length \(elements.count), expected 2 elements in sequence")
        }
        return .success(.known(name: name, configuration: .json { $0.value(configuration) }))
      }
    } catch {
      return .failure(error)
    }
  }

  private mutating func take(_ key: Text, _ value: JSONValue) throws(Failure) {
    switch key {
    case "name":
      guard name == nil else { throw Failure(message: "duplicate field `name`") }
      guard case .string(let text) = value else {
        throw Failure(message: "invalid type: \(value.described), expected a string")
      }
      name = text
    case "config":
      guard configuration == nil else { throw Failure(message: "duplicate field `config`") }
      configuration = value
    default: break
    }
  }
}

extension Text {
  /// What `write` writes.
  static func json(_ write: (inout JSONWriter) -> Void) -> Text {
    var json = JSONWriter()
    write(&json)
    return Text(String(decoding: json.finish(), as: UTF8.self))
  }
}
