package import Model

/// Which indexes there are for the values of one key, or of all keys that have no entry of their own.
///
/// Every level may be missing: a schema says only what it changes.
package struct ValueTypes: Hashable, Sendable {
  package var string: StringIndexes?
  package var floatList: FloatListIndexes?
  var sparseVector: SparseVectorIndexes?
  package var int: ScalarIndex?
  var float: ScalarIndex?
  package var bool: ScalarIndex?

  package init(
    string: StringIndexes? = nil, floatList: FloatListIndexes? = nil,
    sparseVector: SparseVectorIndexes? = nil, int: ScalarIndex? = nil, float: ScalarIndex? = nil,
    bool: ScalarIndex? = nil
  ) {
    self.string = string
    self.floatList = floatList
    self.sparseVector = sparseVector
    self.int = int
    self.float = float
    self.bool = bool
  }
}

package struct StringIndexes: Hashable, Sendable {
  /// Whether the full-text index is on.
  var fullText: Bool?
  /// Whether the index of whole values is on.
  var inverted: Bool?

  package init(fullText: Bool? = nil, inverted: Bool? = nil) {
    self.fullText = fullText
    self.inverted = inverted
  }
}

package struct ScalarIndex: Hashable, Sendable {
  var inverted: Bool?

  package init(inverted: Bool? = nil) { self.inverted = inverted }
}

package struct FloatListIndexes: Hashable, Sendable {
  package var vector: VectorIndex?
}

package struct VectorIndex: Hashable, Sendable {
  var isEnabled: Bool
  package var space: Distance?
  package var embeddingFunction: EmbeddingFunction?
  var sourceKey: Text?
  package var hnsw: HNSWParameters?
  /// Nil where no SPANN parameters came, else whether they are the defaults; Apus keeps nothing of them.
  var spannIsDefault: Bool?
}

package struct SparseVectorIndexes: Hashable, Sendable {
  var index: SparseIndex?
}

struct SparseIndex: Hashable, Sendable {
  var isEnabled: Bool
  var embeddingFunction: EmbeddingFunction?
  var sourceKey: Text?
  var isBM25: Bool?
  /// Nil for Chroma's default, which is never written.
  var algorithm: Text?
}

extension ValueTypes {
  /// What is on for a key that no schema names.
  static let defaults = ValueTypes(
    string: StringIndexes(fullText: false, inverted: true),
    floatList: FloatListIndexes(
      vector: VectorIndex(isEnabled: false, space: .l2, hnsw: .defaults)),
    sparseVector: SparseVectorIndexes(
      index: SparseIndex(isEnabled: false, embeddingFunction: .unknown, isBM25: false)),
    int: ScalarIndex(inverted: true),
    float: ScalarIndex(inverted: true),
    bool: ScalarIndex(inverted: true))

  static let document = ValueTypes(string: StringIndexes(fullText: true, inverted: false))

  static let embedding = ValueTypes(
    floatList: FloatListIndexes(
      vector: VectorIndex(
        isEnabled: true, space: .l2, sourceKey: "#document", hnsw: .defaults)))

  /// These, and where something is missing the other's.
  func filled(with other: ValueTypes) -> ValueTypes {
    var filled = ValueTypes()
    filled.string = merge(string, other.string) {
      StringIndexes(
        fullText: $0.fullText ?? $1.fullText, inverted: $0.inverted ?? $1.inverted)
    }
    filled.floatList = merge(floatList, other.floatList) {
      FloatListIndexes(vector: merge($0.vector, $1.vector) { $0.filled(with: $1) })
    }
    filled.sparseVector = merge(sparseVector, other.sparseVector) {
      SparseVectorIndexes(index: merge($0.index, $1.index) { $0.filled(with: $1) })
    }
    let scalar = { (a: ScalarIndex, b: ScalarIndex) in
      ScalarIndex(inverted: a.inverted ?? b.inverted)
    }
    filled.int = merge(int, other.int, scalar)
    filled.float = merge(float, other.float, scalar)
    filled.bool = merge(bool, other.bool, scalar)
    return filled
  }

  /// Whether the index that a filter on a value of this type needs is on; nil if nothing is said.
  func isFilterable(_ type: MetadataType) -> Bool? {
    switch type {
    case .bool: bool?.inverted
    case .int: int?.inverted
    case .float: float?.inverted
    case .string: string?.inverted
    }
  }
}

extension VectorIndex {
  fileprivate func filled(with other: VectorIndex) -> VectorIndex {
    VectorIndex(
      isEnabled: isEnabled, space: space ?? other.space,
      embeddingFunction: embeddingFunction ?? other.embeddingFunction,
      sourceKey: sourceKey ?? other.sourceKey,
      hnsw: merge(hnsw, other.hnsw) { $0.filled(with: $1) })
  }
}

extension SparseIndex {
  fileprivate func filled(with other: SparseIndex) -> SparseIndex {
    SparseIndex(
      isEnabled: isEnabled, embeddingFunction: embeddingFunction ?? other.embeddingFunction,
      sourceKey: sourceKey ?? other.sourceKey, isBM25: isBM25 ?? other.isBM25,
      algorithm: algorithm ?? other.algorithm)
  }
}

private func merge<Value>(
  _ first: Value?, _ second: Value?, _ combine: (Value, Value) -> Value
) -> Value? {
  switch (first, second) {
  case (.some(let first), .some(let second)): combine(first, second)
  default: first ?? second
  }
}
