import Model

/// One test of a record, without parts.
enum FilterTest: Sendable {
  /// Where the scalar that a comparison reads is kept.
  enum Source: Sendable {
    case document
    case uri
    case metadata(Text)

    init(key: Text) {
      switch key {
      case "chroma:document": self = .document
      case Metadata.uriKey: self = .uri
      default: self = .metadata(key)
      }
    }
  }

  case scalar(Source, ScalarCondition)
  case list(key: Text, element: MetadataScalar)
  case contains(SubstringSearch, TextPattern?)
  case regex(RegularExpression)

  static func contains(_ text: Text) -> FilterTest {
    let bytes = Array(text.string.utf8)
    return .contains(SubstringSearch(bytes), TextPattern(bytes))
  }

  func holds(metadata: Metadata, document: Text?, uri: Text?) -> Bool {
    switch self {
    case .scalar(.metadata(let key), let condition):
      guard let value = metadata[key] else { return false }
      return condition.holds(for: value)
    case .scalar(.document, let condition):
      guard let document else { return false }
      return condition.holds(for: .string(document))
    case .scalar(.uri, let condition):
      guard let value = uri.map(MetadataValue.string) ?? metadata[Metadata.uriKey] else {
        return false
      }
      return condition.holds(for: value)
    case .list(let key, let element):
      guard let value = metadata[key] else { return false }
      return Self.contains(value, element)
    case .contains(let search, _):
      guard let document else { return false }
      return search.occurs(in: document)
    case .regex(let expression):
      guard let document else { return false }
      return document.withUTF8 { expression.isMatch($0) }
    }
  }

  private static func contains(_ value: MetadataValue, _ element: MetadataScalar) -> Bool {
    switch (value, element) {
    case (.bools(let list), .bool(let element)): list.contains(element)
    case (.ints(let list), .int(let element)): list.contains(element)
    case (.floats(let list), .float(let element)): list.contains(element)
    case (.strings(let list), .string(let element)): list.contains(element)
    default: false
    }
  }
}
