import JSON
import Model

extension BodyReader {
  mutating func schema() throws(JSONError) -> IndexSchema {
    var defaults: ValueTypes?
    var keys: [Text: ValueTypes]?
    var encryptionKey: Text?
    try object(expected: "struct Schema") { (body, key) throws(JSONError) in
      switch key {
      case "defaults": defaults = try body.valueTypes()
      case "keys", "key_overrides":
        var read: [Text: ValueTypes] = [:]
        try body.object { (body, key) throws(JSONError) in read[key] = try body.valueTypes() }
        keys = read
      case "cmek":
        encryptionKey = try body.optional { (body) throws(JSONError) in try body.rawJSON() }
      default: try body.json.skip()
      }
    }
    return IndexSchema(
      defaults: try require(defaults, "defaults", self), keys: try require(keys, "keys", self),
      encryptionKey: encryptionKey)
  }

  private mutating func valueTypes() throws(JSONError) -> ValueTypes {
    var types = ValueTypes()
    try object(expected: "struct ValueTypes") { (body, key) throws(JSONError) in
      switch key {
      case "string", "#string":
        types.string = try body.optional { (body) throws(JSONError) in
          try body.stringIndexes()
        }
      case "float_list", "#float_list":
        types.floatList = try body.optional { (body) throws(JSONError) in
          FloatListIndexes(
            vector: try body.member("vector_index") { (body) throws(JSONError) in
              try body.vectorIndex()
            })
        }
      case "sparse_vector", "#sparse_vector":
        types.sparseVector = try body.optional { (body) throws(JSONError) in
          SparseVectorIndexes(
            index: try body.member("sparse_vector_index") { (body) throws(JSONError) in
              try body.sparseIndex()
            })
        }
      case "int", "#int": types.int = try body.scalarIndex("int_inverted_index")
      case "float", "#float": types.float = try body.scalarIndex("float_inverted_index")
      case "bool", "#bool": types.bool = try body.scalarIndex("bool_inverted_index")
      default: try body.json.skip()
      }
    }
    return types
  }

  private mutating func stringIndexes() throws(JSONError) -> StringIndexes {
    var indexes = StringIndexes()
    try object(expected: "struct StringValueType") { (body, key) throws(JSONError) in
      switch key {
      case "fts_index", "$fts_index": indexes.fullText = try body.plainIndex()
      case "string_inverted_index", "$string_inverted_index":
        indexes.inverted = try body.plainIndex()
      default: try body.json.skip()
      }
    }
    return indexes
  }

  private mutating func scalarIndex(_ name: Text) throws(JSONError) -> ScalarIndex? {
    try optional { (body) throws(JSONError) in
      ScalarIndex(
        inverted: try body.member(name) { (body) throws(JSONError) in
          try body.plainIndex()
        } ?? nil)
    }
  }

  /// The one member of an object that counts, under its name or with a `$` before it.
  private mutating func member<Value>(
    _ name: Text, _ read: (inout BodyReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    var value: Value?
    try object { (body, key) throws(JSONError) in
      if key == name || key == Text("$" + name.string) {
        value = try body.optional(read)
      } else {
        try body.json.skip()
      }
    }
    return value
  }

  /// An index without parameters: whether it is on.
  private mutating func plainIndex() throws(JSONError) -> Bool? {
    try optional { (body) throws(JSONError) in
      try body.index { (body, key) throws(JSONError) in
        throw body.unknownField(key, known: [])
      }
    }
  }

  /// `{"enabled": ..., "config": {...}}`; `parameter` reads each member of the latter.
  private mutating func index(
    _ parameter: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) -> Bool {
    var isEnabled: Bool?
    var hasConfiguration: Bool?
    try object { (body, key) throws(JSONError) in
      switch key {
      case "enabled": isEnabled = try body.bool()
      case "config":
        try body.object(parameter)
        hasConfiguration = true
      default: try body.json.skip()
      }
    }
    let enabled = try require(isEnabled, "enabled", self)
    _ = try require(hasConfiguration, "config", self)
    return enabled
  }

  private mutating func vectorIndex() throws(JSONError) -> VectorIndex {
    var index = VectorIndex(isEnabled: false)
    index.isEnabled = try self.index { (body, key) throws(JSONError) in
      switch key {
      case "space":
        index.space = try body.optional { (body) throws(JSONError) in
          try body.variant(Distance.variants)
        }
      case "embedding_function":
        index.embeddingFunction = try body.optional { (body) throws(JSONError) in
          try body.embeddingFunction()
        }
      case "source_key":
        index.sourceKey = try body.optional { (body) throws(JSONError) in try body.text() }
      case "hnsw":
        index.hnsw = try body.optional { (body) throws(JSONError) in
          try body.hnswParameters(known: SchemaFields.hnsw)
        }
      case "spann":
        index.spannIsDefault = try body.optional { (body) throws(JSONError) in
          try body.spannParameters(known: SchemaFields.spann).isDefault
        }
      default:
        throw body.unknownField(
          key, known: ["space", "embedding_function", "source_key", "hnsw", "spann"])
      }
    }
    return index
  }

  private mutating func sparseIndex() throws(JSONError) -> SparseIndex {
    var index = SparseIndex(isEnabled: false)
    index.isEnabled = try self.index { (body, key) throws(JSONError) in
      switch key {
      case "embedding_function":
        index.embeddingFunction = try body.optional { (body) throws(JSONError) in
          try body.embeddingFunction()
        }
      case "source_key":
        index.sourceKey = try body.optional { (body) throws(JSONError) in try body.text() }
      case "bm25":
        index.isBM25 = try body.optional { (body) throws(JSONError) in try body.bool() }
      case "algorithm":
        index.algorithm = try body.variant([("wand", nil), ("max_score", "max_score")])
      default:
        throw body.unknownField(
          key, known: ["embedding_function", "source_key", "bm25", "algorithm"])
      }
    }
    return index
  }
}
