extension NamedTypes {
  static let records: [(name: String, type: TypeSchema)] = [
    (
      "MetadataValue",
      .any(.boolean, .number, .text, .array(.boolean), .array(.number), .array(.text)).noted(
        "integers have 64 bits; a list has values of one type")
    ),
    (
      "Metadata",
      .map(.named("MetadataValue")).noted("keys are not empty and do not begin with '#' or '$'")
    ),
    ("UpdateMetadata", .map(.named("MetadataValue").orNull).noted("null removes its key")),
    (
      "Embeddings",
      .any(.array(.array(.number, countMin: 1)), .array(.text)).noted(
        "one row per record: numbers, or base64 of little-endian 32-bit floats; one dimension for all; "
          + "all finite")
    ),
    (
      "UpdateEmbeddings",
      .any(
        .array(TypeSchema.array(.number, countMin: 1).orNull), .array(TypeSchema.text.orNull)
      ).noted("as Embeddings; null leaves the record's own")
    ),
    (
      "Include",
      TypeSchema(.words(["distances", "documents", "embeddings", "metadatas", "uris"]))
    ),
    ("Where", whereMetadata),
    ("WhereComparison", comparison),
    ("WhereDocument", whereDocument),
    (
      "GetResponse",
      .object(
        .needed("ids", .array(.text)),
        .needed("embeddings", TypeSchema.array(TypeSchema.array(.number).orNull).orNull),
        .needed("documents", TypeSchema.array(TypeSchema.text.orNull).orNull),
        .needed("uris", TypeSchema.array(TypeSchema.text.orNull).orNull),
        .needed("metadatas", TypeSchema.array(TypeSchema.named("Metadata").orNull).orNull),
        .needed("include", .array(.named("Include")))
      ).noted("what was not asked for is null")
    ),
    ("QueryResponse", queryResponse),
  ]

  private static let whereMetadata = TypeSchema.oneMember(
    .optional("$and", .array(.named("Where")), "all of them"),
    .optional("$or", .array(.named("Where")), "at least one of them"),
    .optional("#document", .named("WhereDocument"), "a condition on the document; no $and, no $or"),
    others: .any(.named("Scalar"), .named("WhereComparison"))
  ).noted(
    "a condition on the metadata: a key, which does not begin with '$', with the value that it must have "
      + "or a comparison")

  private static let comparison = TypeSchema.oneMember(
    .optional("$eq", .named("Scalar")),
    .optional("$ne", .named("Scalar"), "holds without the key, too"),
    .optional("$lt", .number), .optional("$lte", .number), .optional("$gt", .number),
    .optional("$gte", .number),
    .optional("$in", .array(.named("Scalar"), countMin: 1), "values of one type"),
    .optional("$nin", .array(.named("Scalar"), countMin: 1), "holds without the key, too"),
    .optional("$contains", .named("Scalar"), "a list has the value"),
    .optional("$not_contains", .named("Scalar"), "holds without such a list, too"))

  private static let whereDocument = TypeSchema.oneMember(
    .optional("$and", .array(.named("WhereDocument")), "all of them"),
    .optional("$or", .array(.named("WhereDocument")), "at least one of them"),
    .optional("$contains", .text, "a part of the document, capitals and small letters told apart"),
    .optional("$not_contains", .text, "holds without a document, too"),
    .optional("$regex", .text, "a pattern in the language of Rust's regex crate"),
    .optional("$not_regex", .text, "holds without a document, too")
  ).noted("a condition on the document")

  /// One row of all records for each query.
  private static func column(_ type: TypeSchema) -> TypeSchema {
    TypeSchema.array(.array(type)).orNull
  }

  private static let queryResponse = TypeSchema.object(
    .needed("ids", .array(.array(.text))),
    .needed("embeddings", column(TypeSchema.array(.number).orNull)),
    .needed("documents", column(TypeSchema.text.orNull)),
    .needed("uris", column(TypeSchema.text.orNull)),
    .needed("metadatas", column(TypeSchema.named("Metadata").orNull)),
    .needed("distances", column(.number)),
    .needed("include", .array(.named("Include"))))
}
