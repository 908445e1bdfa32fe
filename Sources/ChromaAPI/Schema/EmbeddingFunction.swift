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

extension BodyReader {
  package mutating func embeddingFunction() throws(JSONError) -> EmbeddingFunction {
    var kind: Int?
    var name: Text?
    var configuration: Text?
    try object(expected: "internally tagged enum EmbeddingFunctionConfiguration") {
      (body, key) throws(JSONError) in
      switch key {
      case "type":
        kind = try body.variant([("legacy", 0), ("known", 1), ("unknown", 2)])
      case "name" where try body.json.peek() == .string: name = try body.text()
      case "config": configuration = try body.rawJSON()
      default: try body.json.skip()
      }
    }
    switch try require(kind, "type", self) {
    case 0: return .legacy
    case 1:
      // An enum with a tag inside: noticed only when the object around it ends.
      guard let name else { throw json.dataError("missing field `name`", leaving: .object) }
      guard let configuration else {
        throw json.dataError("missing field `config`", leaving: .object)
      }
      return .known(name: name, configuration: configuration)
    default: return .unknown
    }
  }
}
