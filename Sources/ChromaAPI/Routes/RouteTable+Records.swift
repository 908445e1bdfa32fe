extension RouteTable {
  private static let selection: [TypeSchema.Member] = [
    .optional("ids", TypeSchema.array(.text).orNull),
    .optional("where", TypeSchema.named("Where").orNull),
    .optional("where_document", TypeSchema.named("WhereDocument").orNull),
  ]

  private static func columns(
    _ embeddings: TypeSchema.Member, metadata: String
  ) -> TypeSchema {
    TypeSchema(
      .object(
        [
          .needed("ids", .array(.text), "not empty strings; one per record"), embeddings,
          .optional("documents", TypeSchema.array(TypeSchema.text.orNull).orNull),
          .optional("uris", TypeSchema.array(TypeSchema.text.orNull).orNull),
          .optional("metadatas", TypeSchema.array(TypeSchema.named(metadata).orNull).orNull),
        ], others: nil),
      "all columns have as many values as ids")
  }

  private static let rows = #"""
    {"ids": ["a", "b"], "embeddings": [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]],
     "documents": ["an owl", "a wren"], "metadatas": [{"year": 2024}, {"year": 2025}]}
    """#

  private static func write(
    _ id: String, _ summary: String, _ detail: String, status: Int = 200, _ type: TypeSchema,
    _ example: String
  ) -> RouteDescription {
    RouteDescription(
      id: id, group: .record, summary: summary, detail: detail,
      body: .init(type: type, example: example, bytesMax: nil),
      answer: .init(status: status, type: .named("Empty"), example: "{}"), work: .write,
      showsPosition: true)
  }

  private static let add = write(
    "collection_add", "Adds records", "An id that exists keeps its record.", status: 201,
    columns(.needed("embeddings", .named("Embeddings")), metadata: "Metadata"), rows)

  private static let upsert = write(
    "collection_upsert", "Adds records or changes those that exist", "",
    columns(.needed("embeddings", .named("Embeddings")), metadata: "UpdateMetadata"), rows)

  private static let update = write(
    "collection_update", "Changes records", "Ids that do not exist are left out.",
    columns(
      .optional("embeddings", TypeSchema.named("UpdateEmbeddings").orNull),
      metadata: "UpdateMetadata"),
    #"{"ids": ["a"], "metadatas": [{"year": 2026, "old": null}]}"#)

  private static let delete = RouteDescription(
    id: "collection_delete", group: .record, summary: "Deletes records",
    detail:
      "By ids, by a filter, or the records among the ids that fit it; `limit` needs a filter.",
    body: .init(
      type: TypeSchema(
        .object(selection + [.optional("limit", TypeSchema.u32.orNull)], others: nil)),
      example: #"{"ids": ["a"]}"#),
    answer: .init(
      type: .object(.needed("deleted", .count)), example: #"{"deleted": 1}"#),
    work: .write, showsPosition: true)

  private static let get = RouteDescription(
    id: "collection_get", group: .record, summary: "Records by id or filter",
    detail: "In the order in which they were first added.",
    body: .init(
      type: TypeSchema(
        .object(
          selection + [
            .optional("limit", TypeSchema.u32.orNull), .optional("offset", TypeSchema.u32.orNull),
            .optional("include", .array(.named("Include")), "documents and metadatas without it"),
          ], others: nil)),
      example: #"{"where": {"year": {"$gte": 2024}}, "limit": 10, "include": ["documents"]}"#),
    answer: .init(
      type: .named("GetResponse"),
      example: #"""
        {"ids": ["a", "b"], "embeddings": null, "documents": ["an owl", "a wren"], "uris": null,
         "metadatas": null, "include": ["documents"]}
        """#),
    work: .read, showsPosition: true)

  private static let query = RouteDescription(
    id: "collection_query", group: .record, summary: "The records nearest to each query vector",
    detail: "500 if nothing but `ids` restricts it and one of them does not exist, as in Chroma.",
    query: page.map { .init(name: $0.name, type: .text, note: "ignored, as in Chroma") },
    body: .init(
      type: TypeSchema(
        .object(
          [
            .needed("query_embeddings", .array(.array(.number)), "numbers only"),
            .optional("n_results", TypeSchema.u32.orNull, "10 without it"),
          ] + selection + [
            .optional(
              "include", .array(.named("Include")), "documents, metadatas and distances without it")
          ], others: nil)),
      example: #"{"query_embeddings": [[0.1, 0.2, 0.3]], "n_results": 1}"#),
    answer: .init(
      type: .named("QueryResponse"),
      example: #"""
        {"ids": [["a"]], "embeddings": null, "documents": [["an owl"]], "uris": null,
         "metadatas": [[{"year": 2024}]], "distances": [[0.0]],
         "include": ["documents", "metadatas", "distances"]}
        """#),
    work: .read, showsPosition: true)

  private static let count = RouteDescription(
    id: "collection_count", group: .record, summary: "How many records there are",
    query: [
      .init(
        name: "read_level",
        type: TypeSchema(.words(["index_and_wal", "index_only", "index_and_bounded_wal"])),
        note: "checked only: an answer always has all writes the server knows of")
    ],
    answer: .init(type: .count, example: "2"), work: .read, showsPosition: true)

  private static let recall = RouteDescription(
    id: "collection_recall", group: .record,
    summary: "How many of the nearest records queries find",
    detail: """
      Searches for vectors of the collection itself, as a query does and exactly, and compares: the share of the nearest \
      other records that are found, and the mean times. Exact search takes its time in large collections. More \
      `ef_search` finds more. Not in Chroma.
      """,
    query: [
      .init(
        name: "n_results", type: TypeSchema(.integer(RecallLimits.results.wide)),
        note: "nearest records per query; 10 without it"),
      .init(
        name: "queries", type: TypeSchema(.integer(RecallLimits.queries.wide)),
        note: "vectors to search for; 100 without it"),
    ],
    answer: .init(
      type: .object(
        .needed("recall", TypeSchema.number.orNull), .needed("n_results", .count),
        .needed("queries", .count), .needed("records", .count), .needed("query_ms", .number),
        .needed("exact_ms", .number)),
      example: #"""
        {"recall": 0.9996, "n_results": 10, "queries": 100, "records": 100000, "query_ms": 0.4, "exact_ms": 8.9}
        """#),
    work: .read, showsPosition: true)

  static let records: [Route] = [
    Route("\(collection)/add", .post(Handlers.add, add)),
    Route("\(collection)/upsert", .post(Handlers.upsert, upsert)),
    Route("\(collection)/update", .post(Handlers.update, update)),
    Route("\(collection)/delete", .post(Handlers.delete, delete)),
    Route("\(collection)/get", .post(Handlers.get, get).short),
    Route("\(collection)/query", .post(Handlers.query, query).short),
    Route("\(collection)/count", .get(Handlers.count, count).short),
    Route("\(collection)/recall", .get(Handlers.recall, recall)),
  ]
}

extension ClosedRange<Int> {
  fileprivate var wide: ClosedRange<Int64> { Int64(lowerBound)...Int64(upperBound) }
}
