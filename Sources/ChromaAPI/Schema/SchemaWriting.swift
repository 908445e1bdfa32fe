import JSON
import Model

extension IndexSchema {
  /// Writes the schema as Chroma shows it. `stored` leaves out what depends on this machine.
  func write(_ json: inout JSONWriter, stored: Bool = false) {
    json.beginObject()
    json.key("defaults")
    defaults.write(&json, stored: stored)
    json.key("keys")
    json.beginObject()
    for (key, types) in keys.sorted(by: { $0.key < $1.key }) {
      json.key(key)
      types.write(&json, stored: stored)
    }
    json.endObject()
    if let encryptionKey {
      json.key("cmek")
      json.beginObject()
      json.key("gcp")
      json.string(encryptionKey)
      json.endObject()
    }
    json.endObject()
  }
}

extension ValueTypes {
  fileprivate func write(_ json: inout JSONWriter, stored: Bool) {
    json.beginObject()
    if let string {
      json.key("string")
      json.beginObject()
      json.plainIndex("fts_index", string.fullText)
      json.plainIndex("string_inverted_index", string.inverted)
      json.endObject()
    }
    if let floatList {
      json.key("float_list")
      json.beginObject()
      if let vector = floatList.vector { vector.write(&json, stored: stored) }
      json.endObject()
    }
    if let sparseVector {
      json.key("sparse_vector")
      json.beginObject()
      if let index = sparseVector.index { index.write(&json) }
      json.endObject()
    }
    write("int", "int_inverted_index", int, &json)
    write("float", "float_inverted_index", float, &json)
    write("bool", "bool_inverted_index", bool, &json)
    json.endObject()
  }

  private func write(
    _ type: String, _ name: String, _ index: ScalarIndex?, _ json: inout JSONWriter
  ) {
    guard let index else { return }
    json.key(type)
    json.beginObject()
    json.plainIndex(name, index.inverted)
    json.endObject()
  }
}

extension VectorIndex {
  fileprivate func write(_ json: inout JSONWriter, stored: Bool) {
    json.key("vector_index")
    json.beginObject()
    json.key("enabled")
    json.bool(isEnabled)
    json.key("config")
    json.beginObject()
    if let space {
      json.key("space")
      json.string(space.name)
    }
    if let embeddingFunction {
      json.key("embedding_function")
      embeddingFunction.write(&json)
    }
    if let sourceKey {
      json.key("source_key")
      json.string(sourceKey)
    }
    if let hnsw {
      json.key("hnsw")
      hnsw.write(&json, stored: stored)
    }
    json.endObject()
    json.endObject()
  }
}

extension SparseIndex {
  fileprivate func write(_ json: inout JSONWriter) {
    json.key("sparse_vector_index")
    json.beginObject()
    json.key("enabled")
    json.bool(isEnabled)
    json.key("config")
    json.beginObject()
    if let embeddingFunction {
      json.key("embedding_function")
      embeddingFunction.write(&json)
    }
    if let sourceKey {
      json.key("source_key")
      json.string(sourceKey)
    }
    if let isBM25 {
      json.key("bm25")
      json.bool(isBM25)
    }
    if let algorithm {
      json.key("algorithm")
      json.string(algorithm)
    }
    json.endObject()
    json.endObject()
  }
}

extension JSONWriter {
  /// An index without parameters.
  fileprivate mutating func plainIndex(_ name: String, _ isEnabled: Bool?) {
    guard let isEnabled else { return }
    key(name)
    beginObject()
    key("enabled")
    bool(isEnabled)
    key("config")
    beginObject()
    endObject()
    endObject()
  }
}
