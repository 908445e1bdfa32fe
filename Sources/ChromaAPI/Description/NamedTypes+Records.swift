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
    (
      "Where",
      TypeSchema.map(.anything).noted(
        "one member: a key with a value or `{operator: value}` ($eq $ne $lt $lte $gt $gte $in $nin "
          + "$contains $not_contains), or $and, $or with a list of such objects")
    ),
    (
      "WhereDocument",
      TypeSchema.map(.anything).noted(
        "one member: $contains, $not_contains, $regex, $not_regex with a string, or $and, $or with a "
          + "list of such objects")
    ),
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
