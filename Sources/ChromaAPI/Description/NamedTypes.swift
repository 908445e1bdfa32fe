/// Types that have a name of their own in the description, most of them Chroma's.
enum NamedTypes {
  static let all: [(name: String, type: TypeSchema)] = common + collections + indexes + records

  private static let common: [(name: String, type: TypeSchema)] = [
    (
      "ErrorResponse",
      .object(
        .needed(
          "error",
          TypeSchema(
            .words([
              "InvalidArgumentError", "NotFoundError", "ChromaError", "InternalError",
              "Unimplemented",
            ])), "clients choose their exception by it"),
        .needed("message", .text))
    ),
    ("Empty", .object()),
    (
      "Name",
      TypeSchema(
        .text(length: 3...512, pattern: "^[a-zA-Z0-9][a-zA-Z0-9._+-]*[a-zA-Z0-9]$"),
        "3 to 512 of a-z, A-Z, 0-9, '.', '_', '-', first and last a letter or digit; no '..', no IPv4 "
          + "address; at most one '+' between two such names")
    ),
    (
      "TenantName",
      TypeSchema(.text(length: 3...512, pattern: nil), "at least 3 characters, at most 512 bytes")
    ),
    (
      "Tenant", .object(.needed("name", .text), .needed("resource_name", .text.orNull))
    ),
    (
      "Database",
      .object(.needed("id", .uuid), .needed("name", .text), .needed("tenant", .text))
    ),
    ("SyncedCollection", synced),
    ("CollectionStatus", status),
  ]

  private static let synced = TypeSchema.object(
    .needed("name", .text), .needed("tenant", .text), .needed("database", .text),
    .needed("log_position", .count), .needed("records", .count), .needed("pulled", .count))

  private static let status = TypeSchema.object(
    .needed("id", .uuid), .needed("name", .text), .needed("tenant", .text),
    .needed("database", .text), .needed("log_position", .count.orNull),
    .needed("records", .count.orNull), .needed("pending_writes", .count.orNull),
    .needed("lag_seconds", .number.orNull), .needed("failure", .text.orNull))

  private static let collections: [(name: String, type: TypeSchema)] = [
    ("Scalar", .any(.boolean, .number, .text)),
    (
      "CollectionMetadata",
      .map(.named("Scalar")).noted("keys are not empty and do not begin with '#' or '$'")
    ),
    ("Space", TypeSchema(.words(["l2", "cosine", "ip"]), "the distance")),
    (
      "EmbeddingFunction",
      .object(
        .needed("type", TypeSchema(.words(["legacy", "known", "unknown"]))),
        .optional("name", .text), .optional("config", .anything)
      ).noted("a note of the client's; `known` has a name and a config")
    ),
    (
      "CollectionConfiguration",
      .object(
        .optional("hnsw", .named("HnswConfiguration").orNull),
        .optional("spann", .object().orNull, "taken as hnsw; not both"),
        .optional("embedding_function", .named("EmbeddingFunction").orNull))
    ),
    (
      "UpdateCollectionConfiguration",
      .object(
        .optional("hnsw", .named("UpdateHnswConfiguration").orNull),
        .optional("spann", .object().orNull),
        .optional("embedding_function", .named("EmbeddingFunction").orNull))
    ),
    (
      "Collection",
      .object(
        .needed("id", .uuid), .needed("name", .text),
        .needed("configuration_json", .named("CollectionConfiguration")),
        .needed("schema", .named("Schema")),
        .needed("metadata", .named("CollectionMetadata").orNull),
        .needed("dimension", .count.orNull, "null until the first record"),
        .needed("tenant", .text), .needed("database", .text),
        .needed("log_position", .count, "0: see the header Apus-Log-Position"),
        .needed("version", .count))
    ),
  ]
}
