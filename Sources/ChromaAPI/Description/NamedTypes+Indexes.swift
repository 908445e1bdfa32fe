extension NamedTypes {
  private static let hnswUpdate: [TypeSchema.Member] = [
    .optional("ef_search", .count.orNull), .optional("max_neighbors", .count.orNull),
    .optional("num_threads", .count.orNull), .optional("batch_size", .count.orNull),
    .optional("sync_threshold", .count.orNull), .optional("resize_factor", .number.orNull),
  ]

  private static let hnsw: [TypeSchema.Member] =
    [
      .optional("space", .named("Space").orNull), .optional("ef_construction", .count.orNull),
    ] + hnswUpdate

  /// An index that has parameters of no or of this type.
  private static func index(_ config: TypeSchema = .object()) -> TypeSchema {
    .object(.needed("enabled", .boolean), .needed("config", config))
  }

  private static let vectorConfiguration = TypeSchema.object(
    .optional("space", .named("Space").orNull),
    .optional("embedding_function", .named("EmbeddingFunction").orNull),
    .optional("source_key", .text.orNull),
    .optional("hnsw", .named("HnswConfiguration").orNull),
    .optional("spann", .object().orNull))

  private static let sparseConfiguration = TypeSchema.object(
    .optional("embedding_function", .named("EmbeddingFunction").orNull),
    .optional("source_key", .text.orNull), .optional("bm25", .boolean.orNull),
    .optional("algorithm", .text.orNull))

  private static let valueTypes = TypeSchema.object(
    .optional(
      "string",
      TypeSchema.object(
        .optional("fts_index", index().orNull), .optional("string_inverted_index", index().orNull)
      ).orNull),
    .optional(
      "float_list",
      TypeSchema.object(.optional("vector_index", index(vectorConfiguration).orNull)).orNull),
    .optional(
      "sparse_vector",
      TypeSchema.object(.optional("sparse_vector_index", index(sparseConfiguration).orNull)).orNull),
    .optional("int", TypeSchema.object(.optional("int_inverted_index", index().orNull)).orNull),
    .optional("float", TypeSchema.object(.optional("float_inverted_index", index().orNull)).orNull),
    .optional("bool", TypeSchema.object(.optional("bool_inverted_index", index().orNull)).orNull))

  static let indexes: [(name: String, type: TypeSchema)] = [
    (
      "HnswConfiguration",
      TypeSchema(
        .object(hnsw, others: nil),
        "kept and shown; no other members. Apus searches in its own way")
    ),
    ("UpdateHnswConfiguration", TypeSchema(.object(hnswUpdate, others: nil), "no other members")),
    ("ValueTypes", valueTypes.noted("which indexes there are for the values of a key")),
    (
      "Schema",
      .object(
        .needed("defaults", .named("ValueTypes")),
        .needed("keys", .map(.named("ValueTypes")))
      ).noted("which indexes there are, and for which keys")
    ),
  ]
}
