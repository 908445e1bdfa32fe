/// The records of one add, upsert or update request, as columns of equal length.
package struct RecordBatch: Hashable, Sendable {
  package var ids: [Text]
  /// Nil for an update that carries no embeddings at all.
  package var embeddings: EmbeddingColumn?
  /// Nil, or one element per record; a nil element leaves the record's document as it is.
  package var documents: [Text?]?
  package var uris: [Text?]?
  package var metadatas: [MetadataChange?]?

  package init(
    ids: [Text], embeddings: EmbeddingColumn? = nil, documents: [Text?]? = nil,
    uris: [Text?]? = nil, metadatas: [MetadataChange?]? = nil
  ) {
    self.ids = ids
    self.embeddings = embeddings
    self.documents = documents
    self.uris = uris
    self.metadatas = metadatas
  }

  package var count: Int { ids.count }
}

/// Vectors of one dimension, end to end, for those rows that have one.
package struct EmbeddingColumn: Hashable, Sendable {
  /// Components per vector.
  package let dimension: Int
  /// The vectors that are there, one after the other: `presentCount * dimension` components.
  package let components: [Float]
  /// Per row the number of its vector within `components`, or -1; nil when every row has one, in order.
  package let slots: [Int32]?

  /// `components.count` must be a multiple of `dimension`, and every slot within it.
  package init(dimension: Int, components: [Float], slots: [Int32]? = nil) {
    precondition(dimension > 0 && components.count.isMultiple(of: dimension))
    self.dimension = dimension
    self.components = components
    self.slots = slots
  }

  /// Number of rows, with and without a vector.
  package var count: Int { slots?.count ?? components.count / dimension }

  /// The components of the row's vector, or nil where the row has none.
  package subscript(row: Int) -> ArraySlice<Float>? {
    let slot = slots.map { Int($0[row]) } ?? row
    guard slot >= 0 else { return nil }
    return components[slot * dimension..<(slot + 1) * dimension]
  }
}
