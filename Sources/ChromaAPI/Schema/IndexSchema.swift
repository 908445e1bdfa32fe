import Engine
package import Model

/// Which indexes a collection has, as Chroma's `schema` describes them: for all keys, and for some.
package struct IndexSchema: Hashable, Sendable {
  package var defaults: ValueTypes
  package var keys: [Text: ValueTypes]
  /// The name at Google of a customer's own encryption key; kept and shown, not used.
  var encryptionKey: Text?
  /// Whether the caller set what is the system's to set.
  var namesSourceFunction = false

  static let documentKey: Text = "#document"
  static let embeddingKey: Text = "#embedding"

  package static let standard = IndexSchema(
    defaults: .defaults, keys: [documentKey: .document, embeddingKey: .embedding])

  /// This schema with everything that it does not say as in the standard one.
  func filled() -> IndexSchema {
    var filled = Self.standard
    filled.defaults = defaults.filled(with: .defaults)
    for (key, types) in keys {
      filled.keys[key] = filled.keys[key].map { types.filled(with: $0) } ?? types
    }
    filled.encryptionKey = encryptionKey
    return filled
  }

  /// The vector index that the collection's records go into.
  package var vectorIndex: VectorIndex {
    keys[Self.embeddingKey]?.floatList?.vector ?? defaults.floatList?.vector
      ?? VectorIndex(isEnabled: true)
  }

  var distance: Distance { vectorIndex.space ?? .l2 }

  /// Changes the vector index in both places where a schema has it.
  mutating func changeVectorIndexes(_ change: (inout VectorIndex) -> Void) {
    if var vector = defaults.floatList?.vector {
      change(&vector)
      defaults.floatList?.vector = vector
    }
    if var vector = keys[Self.embeddingKey]?.floatList?.vector {
      change(&vector)
      keys[Self.embeddingKey]?.floatList?.vector = vector
    }
  }

  /// The schema with an entry for every key and type that a record has had, which gets what the defaults
  /// say of that type.
  package func grown(by observed: [ObservedKey]) -> IndexSchema {
    var grown = self
    for key in observed where !key.key.hasPrefix("chroma:") {
      var types = grown.keys[key.key] ?? ValueTypes()
      switch key.type {
      case .bool: types.bool = types.bool ?? defaults.bool
      case .int: types.int = types.int ?? defaults.int
      case .float: types.float = types.float ?? defaults.float
      case .string: types.string = types.string ?? defaults.string
      }
      grown.keys[key.key] = types
    }
    return grown
  }

  /// Errors: a condition whose index the schema turns off.
  package func check(_ filter: Filter) throws(APIError) {
    switch filter {
    case .all(let filters), .any(let filters):
      for filter in filters { try check(filter) }
    case .compare(let key, let comparison):
      if let type = comparison.type { try check(key, type) }
    case .listContains(let key, let element, _): try check(key, element.type)
    case .documentContains, .documentMatches:
      guard keys[Self.documentKey]?.string?.fullText ?? true else {
        throw .invalid(
          "Cannot filter using full-text search because FTS indexing is disabled")
      }
    }
  }

  private func check(_ key: Text, _ type: MetadataType) throws(APIError) {
    let isOn = keys[key]?.isFilterable(type) ?? defaults.isFilterable(type) ?? true
    guard isOn else {
      throw .invalid(
        "Cannot filter using metadata key '\(key)' with type '\(type.rustName)' because "
          + "indexing is disabled")
    }
  }
}

extension Filter.Comparison {
  fileprivate var type: MetadataType? {
    switch self {
    case .equal(let value), .notEqual(let value): value.type
    case .less(let number), .lessOrEqual(let number), .greater(let number),
      .greaterOrEqual(let number):
      switch number {
      case .int: .int
      case .float: .float
      }
    case .isIn(let values), .notIn(let values): values.first?.type
    }
  }
}

extension MetadataType {
  fileprivate var rustName: String {
    switch self {
    case .bool: "Bool"
    case .int: "Int"
    case .float: "Float"
    case .string: "Str"
    }
  }
}
