import JSON
import Model

extension BodyReader {
  mutating func schema() throws(JSONError) -> IndexSchema {
    var defaults = ValueTypes()
    var keys: [Text: ValueTypes] = [:]
    var encryptionKey: Text?
    var sourceFunction: Text?
    let fields = try structure(
      Structure(
        name: "Schema", fields: ["defaults", "keys", "cmek", "source_attached_function_id"],
        aliases: ["key_overrides": "keys"])
    ) { (body, field) throws(JSONError) in
      switch field {
      case "defaults": defaults = try body.valueTypes()
      case "keys":
        try body.object { (body, key) throws(JSONError) in keys[key] = try body.valueTypes() }
      case "cmek":
        encryptionKey = try body.optional { (body) throws(JSONError) in
          try body.encryptionKey()
        }
      default: sourceFunction = try body.optional { (body) throws(JSONError) in try body.text() }
      }
    }
    try require("defaults", in: fields)
    try require("keys", in: fields)
    return IndexSchema(
      defaults: defaults, keys: keys, encryptionKey: encryptionKey,
      namesSourceFunction: sourceFunction != nil)
  }

  /// The name of a customer's own key, `{"gcp": name}`.
  private mutating func encryptionKey() throws(JSONError) -> Text {
    let variants: [(name: Text, value: Bool)] = [("gcp", true)]
    switch try json.peek() {
    case .string:
      let name = try json.text()
      _ = try named(name, variants)
      let error = lateError("invalid type: unit variant, expected newtype variant")
      enter(.key(name))
      throw error
    case .object:
      try json.beginObject()
      let name = try json.text(expected: "variant identifier")
      _ = try named(name, variants)
      try json.colon()
      let key = try within(.key(name)) { (body) throws(JSONError) in try body.text() }
      try json.endVariant()
      return key
    case .null, .bool, .number, .array: return try variant([])
    }
  }

  private mutating func valueTypes() throws(JSONError) -> ValueTypes {
    var types = ValueTypes()
    try structure(.valueTypes) { (body, field) throws(JSONError) in
      switch field {
      case "string":
        types.string = try body.optional { (body) throws(JSONError) in
          try body.stringIndexes()
        }
      case "float_list":
        types.floatList = try body.optional { (body) throws(JSONError) in
          FloatListIndexes(
            vector: try body.member("vector_index", of: "FloatListValueType") {
              (body) throws(JSONError) in try body.vectorIndex()
            })
        }
      case "sparse_vector":
        types.sparseVector = try body.optional { (body) throws(JSONError) in
          SparseVectorIndexes(
            index: try body.member("sparse_vector_index", of: "SparseVectorValueType") {
              (body) throws(JSONError) in try body.sparseIndex()
            })
        }
      case "int": types.int = try body.scalarIndex("int", "Int")
      case "float": types.float = try body.scalarIndex("float", "Float")
      default: types.bool = try body.scalarIndex("bool", "Bool")
      }
    }
    return types
  }

  private mutating func stringIndexes() throws(JSONError) -> StringIndexes {
    var indexes = StringIndexes()
    try structure(.stringValueType) { (body, field) throws(JSONError) in
      if field == "fts_index" {
        indexes.fullText = try body.plainIndex("FtsIndex")
      } else {
        indexes.inverted = try body.plainIndex("StringInvertedIndex")
      }
    }
    return indexes
  }

  private mutating func scalarIndex(
    _ type: String, _ rustName: String
  ) throws(JSONError) -> ScalarIndex? {
    try optional { (body) throws(JSONError) in
      ScalarIndex(
        inverted: try body.member(
          Text("\(type)_inverted_index"), of: "\(rustName)ValueType"
        ) { (body) throws(JSONError) in
          try body.plainIndex("\(rustName)InvertedIndex")
        } ?? nil)
    }
  }

  /// The one field of a struct, under its name or with a `$` before it.
  private mutating func member<Value>(
    _ name: Text, of structure: String, _ read: (inout BodyReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    var value: Value?
    try self.structure(
      Structure(name: structure, fields: [name], aliases: [Text("$\(name)"): name])
    ) { (body, _) throws(JSONError) in value = try body.optional(read) }
    return value
  }

  /// An index without parameters: whether it is on.
  private mutating func plainIndex(_ rustName: String) throws(JSONError) -> Bool? {
    try optional { (body) throws(JSONError) in
      try body.index(
        rustName, Structure(name: "\(rustName)Config", fields: [], isStrict: true)
      ) { (_, _) throws(JSONError) in }
    }
  }

  /// `{"enabled": ..., "config": {...}}`; `parameter` reads each field of the latter.
  private mutating func index(
    _ rustName: String, _ configuration: Structure,
    _ parameter: (inout BodyReader, Text) throws(JSONError) -> Void
  ) throws(JSONError) -> Bool {
    var isEnabled = false
    let fields = try structure(
      Structure(name: "\(rustName)Type", fields: ["enabled", "config"])
    ) { (body, field) throws(JSONError) in
      if field == "enabled" {
        isEnabled = try body.bool()
      } else {
        try body.structure(configuration, parameter)
      }
    }
    try require("enabled", in: fields)
    try require("config", in: fields)
    return isEnabled
  }

  private mutating func vectorIndex() throws(JSONError) -> VectorIndex {
    var index = VectorIndex(isEnabled: false)
    index.isEnabled = try self.index("VectorIndex", .vectorIndex) {
      (body, field) throws(JSONError) in
      switch field {
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
          try body.hnswParameters(.hnsw)
        }
      default:
        index.spannIsDefault = try body.optional { (body) throws(JSONError) in
          try body.spannParameters(.spann).isDefault
        }
      }
    }
    return index
  }

  private mutating func sparseIndex() throws(JSONError) -> SparseIndex {
    var index = SparseIndex(isEnabled: false)
    index.isEnabled = try self.index("SparseVectorIndex", .sparseVectorIndex) {
      (body, field) throws(JSONError) in
      switch field {
      case "embedding_function":
        index.embeddingFunction = try body.optional { (body) throws(JSONError) in
          try body.embeddingFunction()
        }
      case "source_key":
        index.sourceKey = try body.optional { (body) throws(JSONError) in try body.text() }
      case "bm25":
        index.isBM25 = try body.optional { (body) throws(JSONError) in try body.bool() }
      default:
        index.algorithm = try body.variant([("wand", nil), ("max_score", "max_score")])
      }
    }
    return index
  }
}

extension Structure {
  fileprivate static let valueTypes = Structure(
    name: "ValueTypes",
    fields: ["string", "float_list", "sparse_vector", "int", "float", "bool"],
    aliases: [
      "#string": "string", "#float_list": "float_list", "#sparse_vector": "sparse_vector",
      "#int": "int", "#float": "float", "#bool": "bool",
    ])
  fileprivate static let stringValueType = Structure(
    name: "StringValueType", fields: ["fts_index", "string_inverted_index"],
    aliases: [
      "$fts_index": "fts_index", "$string_inverted_index": "string_inverted_index",
    ])
  fileprivate static let vectorIndex = Structure(
    name: "VectorIndexConfig",
    fields: ["space", "embedding_function", "source_key", "hnsw", "spann"], isStrict: true)
  fileprivate static let sparseVectorIndex = Structure(
    name: "SparseVectorIndexConfig",
    fields: ["embedding_function", "source_key", "bm25", "algorithm"], defaultedCount: 1,
    isStrict: true)
}
