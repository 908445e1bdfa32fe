import JSON

extension TypeSchema {
  /// Writes it as JSON Schema.
  func write(_ json: inout JSONWriter) {
    json.beginObject()
    writeForm(&json)
    if let note {
      json.key("description")
      json.string(note)
    }
    json.endObject()
  }

  private func writeForm(_ json: inout JSONWriter) {
    switch form {
    case .anything: break
    case .null: json.word("type", "null")
    case .boolean: json.word("type", "boolean")
    case .number: json.word("type", "number")
    case .integer(let range):
      json.word("type", "integer")
      if let range {
        json.number("minimum", range.lowerBound)
        if range.upperBound != .max { json.number("maximum", range.upperBound) }
      }
    case .text(let length, let pattern):
      json.word("type", "string")
      if let length {
        json.number("minLength", length.lowerBound)
        json.number("maxLength", length.upperBound)
      }
      if let pattern { json.word("pattern", pattern) }
    case .words(let words):
      json.word("type", "string")
      json.key("enum")
      json.beginArray()
      for word in words { json.string(word) }
      json.endArray()
    case .array(let element, let countMin):
      json.word("type", "array")
      json.key("items")
      element.write(&json)
      if countMin > 0 { json.number("minItems", countMin) }
    case .object(let members, let others): Self.write(members, others, &json)
    case .oneMember(let members, let others):
      Self.write(members, others, &json)
      if others == nil {
        json.key("additionalProperties")
        json.bool(false)
      }
      json.number("minProperties", 1)
      json.number("maxProperties", 1)
    case .any(let types):
      json.key("anyOf")
      json.beginArray()
      for type in types { type.write(&json) }
      json.endArray()
    case .named(let name): json.word("$ref", "#/components/schemas/\(name)")
    }
  }

  private static func write(
    _ members: [Member], _ others: TypeSchema?, _ json: inout JSONWriter
  ) {
    json.word("type", "object")
    if !members.isEmpty {
      json.key("properties")
      json.beginObject()
      for member in members {
        json.key(member.name)
        member.type.write(&json)
      }
      json.endObject()
    }
    let required = members.filter(\.isRequired)
    if !required.isEmpty {
      json.key("required")
      json.beginArray()
      for member in required { json.string(member.name) }
      json.endArray()
    }
    if let others {
      json.key("additionalProperties")
      others.write(&json)
    }
  }
}

extension JSONWriter {
  mutating func word(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  mutating func number(_ name: String, _ value: some BinaryInteger) {
    key(name)
    int(value)
  }
}
