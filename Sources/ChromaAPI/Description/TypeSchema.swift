import JSON

/// The type of a value of the API, as a value: what JSON Schema (2020-12) says of it.
struct TypeSchema: Sendable {
  indirect enum Form: Sendable {
    case anything
    case null
    case boolean
    case integer(ClosedRange<Int64>?)
    case number
    case text(length: ClosedRange<Int>?, pattern: String?)
    /// One of these words.
    case words([String])
    case array(TypeSchema, countMin: Int)
    /// `others`: the type of the members that are not named, nil where there may be any.
    case object([Member], others: TypeSchema?)
    /// An object with one member: of these, or else of the type of `others`.
    case oneMember([Member], others: TypeSchema?)
    /// At least one of these.
    case any([TypeSchema])
    /// The type of this name in `NamedTypes`.
    case named(String)
  }

  struct Member: Sendable {
    var name: String
    var type: TypeSchema
    var isRequired: Bool
  }

  var form: Form
  var note: String?

  init(_ form: Form, _ note: String? = nil) {
    self.form = form
    self.note = note
  }
}

extension TypeSchema {
  static let anything = TypeSchema(.anything)
  static let boolean = TypeSchema(.boolean)
  static let number = TypeSchema(.number)
  static let text = TypeSchema(.text(length: nil, pattern: nil))
  static let count = TypeSchema(.integer(0...Int64.max))
  /// As Rust's `u32`.
  static let u32 = TypeSchema(.integer(0...Int64(UInt32.max)))
  static let uuid = TypeSchema(
    .text(length: 36...36, pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))

  static func named(_ name: String) -> TypeSchema { TypeSchema(.named(name)) }
  static func array(_ element: TypeSchema, countMin: Int = 0) -> TypeSchema {
    TypeSchema(.array(element, countMin: countMin))
  }
  static func map(_ value: TypeSchema) -> TypeSchema { TypeSchema(.object([], others: value)) }
  static func object(_ members: Member...) -> TypeSchema {
    TypeSchema(.object(members, others: nil))
  }
  static func oneMember(_ members: Member..., others: TypeSchema? = nil) -> TypeSchema {
    TypeSchema(.oneMember(members, others: others))
  }
  static func any(_ types: TypeSchema...) -> TypeSchema { TypeSchema(.any(types)) }

  /// The same, or null.
  var orNull: TypeSchema { TypeSchema(.any([self, TypeSchema(.null)]), note) }

  func noted(_ note: String) -> TypeSchema { TypeSchema(form, note) }
}

extension TypeSchema.Member {
  static func needed(_ name: String, _ type: TypeSchema, _ note: String? = nil) -> Self {
    Self(name: name, type: TypeSchema(type.form, note ?? type.note), isRequired: true)
  }

  /// A member that may be missing.
  static func optional(_ name: String, _ type: TypeSchema, _ note: String? = nil) -> Self {
    Self(name: name, type: TypeSchema(type.form, note ?? type.note), isRequired: false)
  }
}

extension TypeSchema {
  /// The named members of an object.
  var members: [Member]? {
    switch form {
    case .object(let members, _), .oneMember(let members, _): members
    default: nil
    }
  }

  /// The names of types that it refers to.
  var references: [String] {
    switch form {
    case .named(let name): [name]
    case .array(let element, _): element.references
    case .any(let types): types.flatMap(\.references)
    case .object(let members, let others), .oneMember(let members, let others):
      members.flatMap(\.type.references) + (others?.references ?? [])
    default: []
    }
  }

  /// In a few words for people: `array of string or null`.
  var summary: String {
    switch form {
    case .anything: "anything"
    case .null: "null"
    case .boolean: "boolean"
    case .integer(let range):
      range.map {
        $0.upperBound == .max
          ? "integer from \($0.lowerBound)" : "integer \($0.lowerBound) to \($0.upperBound)"
      } ?? "integer"
    case .number: "number"
    case .text(let length, _):
      length.map { $0.lowerBound == $0.upperBound ? "string of \($0.lowerBound)" : "string" }
        ?? "string"
    case .words(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .array(let element, _):
      if case .any = element.form {
        "array of (\(element.summary))"
      } else {
        "array of \(element.summary)"
      }
    case .object(_, let others): others.map { "object of \($0.summary)" } ?? "object"
    case .oneMember: "object with one member"
    case .any(let types): types.map(\.summary).joined(separator: " or ")
    case .named(let name): name
    }
  }
}
