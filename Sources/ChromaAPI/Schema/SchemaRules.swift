import JSON
import Model

/// What Chroma refuses in a schema, with its words and in its order.
extension IndexSchema {
  /// Checks a schema as the caller sent it.
  func validate() throws(APIError) {
    if namesSourceFunction {
      throw .validation(
        "schema",
        "Cannot set source_attached_function_id. This field is reserved for system use.")
    }
    if let complaint = defaultsComplaint() { throw .validation("schema", complaint) }
    for (key, types) in keys.sorted(by: { $0.key < $1.key }) {
      if let complaint = complaint(key, types) { throw .validation("schema", complaint) }
    }
    let sparseKeys = sparseKeys
    guard sparseKeys.count < 2 else {
      let names = sparseKeys.map { rustDebug($0.string) }.joined(separator: ", ")
      throw .validation(
        "schema", "At most one sparse vector index is allowed for the collection: [\(names)]")
    }
    if let encryptionKey, !Self.isKeyName(encryptionKey) {
      throw .validation(
        "schema",
        "CMEK does not match expected pattern: Gcp(\(rustDebug(encryptionKey.string)))")
    }
  }

  /// Whether a name fits `^projects/.+/locations/.+/keyRings/.+/cryptoKeys/.+$`.
  private static func isKeyName(_ name: Text) -> Bool {
    let start = "projects/".utf8
    let bytes = Array(name.string.utf8)
    guard !bytes.contains(UInt8(ascii: "\n")), bytes.starts(with: start) else { return false }
    var rest = bytes.dropFirst(start.count)
    for part in ["/locations/", "/keyRings/", "/cryptoKeys/"] {
      // The first place leaves most for what follows.
      guard let place = rest.dropFirst().firstRange(of: part.utf8) else { return false }
      rest = rest[place.upperBound...]
    }
    return !rest.isEmpty
  }

  /// The parameters of the vector indexes, which Chroma judges when it puts schema and configuration together.
  func checkParameters() throws(APIError) {
    for types in [defaults, keys[Self.embeddingKey]] {
      guard let hnsw = types?.floatList?.vector?.hnsw else { continue }
      for (name, value) in [
        ("batch_size", hnsw.batchSize), ("sync_threshold", hnsw.syncThreshold),
      ] {
        guard let value, value < 2 else { continue }
        throw .invalid(
          "Failed to reconcile schema: Invalid HNSW configuration: \(name): Validation error: "
            + "range [{\"value\": Number(\(value)), \"min\": Number(2)}]")
      }
    }
  }

  /// A local Chroma has no index of sparse vectors, which it says after all else.
  func checkSparseIndexes() throws(APIError) {
    guard sparseKeys.isEmpty else {
      throw .invalid(
        "Failed to reconcile schema: Invalid schema input: Sparse vector indexing is not "
          + "enabled in local")
    }
  }

  /// The keys whose index of sparse vectors is on.
  private var sparseKeys: [Text] {
    keys.filter { $0.value.sparseVector?.index?.isEnabled == true }.keys.sorted()
  }

  private func defaultsComplaint() -> String? {
    if defaults.floatList?.vector?.isEnabled == true {
      return "Vector index cannot be enabled by default. It can only be enabled on "
        + "#embedding field."
    }
    if let vector = defaults.floatList?.vector, vector.hnsw != nil, vector.spannIsDefault != nil {
      return "Both spann and hnsw config cannot be present at the same time."
    }
    if defaults.sparseVector?.index?.isEnabled == true {
      return "Sparse vector index cannot be enabled by default. Please enable sparse vector "
        + "index on specific keys. At most one sparse vector index is allowed for the collection."
    }
    if defaults.string?.fullText == true {
      return "Full text search / regular expression index cannot be enabled by default. It can "
        + "only be enabled on #document field."
    }
    return nil
  }

  private func complaint(_ key: Text, _ types: ValueTypes) -> String? {
    let isDocument = key == Self.documentKey
    let isEmbedding = key == Self.embeddingKey
    if key.hasPrefix("#"), !isDocument, !isEmbedding {
      return "key cannot begin with '#'. Keys starting with '#' are reserved for system use: "
        + key.string
    }
    let hasScalars = types.bool != nil || types.float != nil || types.int != nil
    if isDocument, hasScalars || types.floatList != nil || types.sparseVector != nil {
      return "Document field cannot have any value types other than string: \(key)"
    }
    if isEmbedding, hasScalars || types.string != nil || types.sparseVector != nil {
      return "Embedding field cannot have any value types other than float_list: \(key)"
    }
    if let vector = types.floatList?.vector {
      if vector.isEnabled, !isEmbedding {
        return "Vector index can only be enabled on #embedding field: \(key)"
      }
      if let sourceKey = vector.sourceKey, sourceKey != Self.documentKey {
        return "Vector index can only source from #document"
      }
    }
    if let complaint = types.sparseVector?.index?.complaint { return complaint }
    if types.string?.fullText == true, !isDocument {
      return "Full text search / regular expression index can only be enabled on #document "
        + "field: \(key)"
    }
    if types.string?.inverted == true, isDocument {
      return "String inverted index can not be enabled on #document key: \(key)"
    }
    return nil
  }
}

extension SparseIndex {
  fileprivate var complaint: String? {
    if isEnabled, sourceKey != nil, embeddingFunction == nil {
      return "If source_key is provided then embedding_function must also be provided since "
        + "there is no default embedding function."
    }
    if let sourceKey, sourceKey.hasPrefix("#"), sourceKey != IndexSchema.documentKey {
      return "source_key cannot begin with '#'. The only valid key starting with '#' is "
        + "Key.DOCUMENT or '#document'."
    }
    return nil
  }
}

/// Whether a schema says anything that the standard one does not.
extension IndexSchema {
  var isStandard: Bool {
    guard encryptionKey == nil, defaults.isStandardForAll,
      keys.keys.allSatisfy({ $0 == Self.documentKey || $0 == Self.embeddingKey })
    else { return false }
    return keys[Self.embeddingKey]?.isStandardForEmbedding ?? true
      && keys[Self.documentKey]?.isStandardForDocument ?? true
  }
}

extension ValueTypes {
  fileprivate var isStandardForAll: Bool {
    guard string?.inverted ?? true, !(string?.fullText ?? false), float?.inverted ?? true,
      int?.inverted ?? true, bool?.inverted ?? true
    else { return false }
    if let vector = floatList?.vector {
      guard !vector.isEnabled, vector.sourceKey == nil, vector.hasStandardParameters else {
        return false
      }
    }
    if let sparse = sparseVector?.index {
      guard !sparse.isEnabled, sparse.embeddingFunction?.isDefault ?? true,
        sparse.sourceKey == nil, !(sparse.isBM25 ?? false)
      else { return false }
    }
    return true
  }

  fileprivate var isStandardForEmbedding: Bool {
    guard string == nil, float == nil, int == nil, bool == nil, sparseVector == nil else {
      return false
    }
    guard let vector = floatList?.vector else { return true }
    return vector.isEnabled && vector.sourceKey == IndexSchema.documentKey
      && vector.hasStandardParameters
  }

  fileprivate var isStandardForDocument: Bool {
    floatList == nil && float == nil && int == nil && bool == nil && sparseVector == nil
      && string?.fullText ?? true && !(string?.inverted ?? false)
  }
}

extension VectorIndex {
  fileprivate var hasStandardParameters: Bool {
    (space ?? .l2) == .l2 && embeddingFunction?.isDefault ?? true && hnsw?.isDefault ?? true
      && spannIsDefault ?? true && (hnsw == nil || spannIsDefault == nil)
  }
}
