extension RouteTable {
  private static let oneExample = #"""
    {"id": "3f0c9a52-6a0e-4c7d-9f2e-0d6d1f6c2b11", "name": "notes",
     "configuration_json": {"hnsw": {"space": "l2", "ef_construction": 100, "ef_search": 100,
       "max_neighbors": 16, "resize_factor": 1.2, "sync_threshold": 1000},
       "spann": null, "embedding_function": null},
     "schema": {"defaults": {}, "keys": {}}, "metadata": {"topic": "birds"}, "dimension": 3,
     "tenant": "default_tenant", "database": "default_database", "log_position": 0, "version": 0}
    """#

  private static let one = RouteDescription.Result(
    type: .named("Collection"), example: oneExample)

  static let collections: [Route] = [
    Route(
      "/api/v2/collections/{crn}",
      .get(
        Handlers.getCollectionByCRN,
        RouteDescription(
          id: "get_collection_by_crn", group: .collection,
          summary: "A collection by tenant, database and name",
          detail: "The path's last part is `tenant:database:collection`.",
          answer: one, work: .read, showsPosition: true))),
    Route(
      "\(database)/collections",
      .get(
        Handlers.listCollections,
        RouteDescription(
          id: "list_collections", group: .collection,
          summary: "The collections of a database, by id",
          query: page,
          answer: .init(type: .array(.named("Collection")), example: "[\(oneExample)]"),
          work: .read)),
      .post(Handlers.createCollection, create)),
    Route(
      "\(database)/collections_count",
      .get(
        Handlers.countCollections,
        RouteDescription(
          id: "count_collections", group: .collection, summary: "How many collections there are",
          answer: .init(type: .count, example: "1"), work: .read))),
    Route(
      "\(database)/collections/by-id/{collection_id}",
      .get(
        Handlers.getCollectionByID,
        RouteDescription(
          id: "get_collection_by_id", group: .collection, summary: "A collection by its id",
          answer: one, work: .read, showsPosition: true))),
    Route(
      collection,
      .get(
        Handlers.getCollection,
        RouteDescription(
          id: "get_collection", group: .collection, summary: "A collection by its name",
          detail: "The path's last part is the name, whatever it is called.", answer: one,
          work: .read, showsPosition: true)),
      .put(Handlers.updateCollection, update),
      .delete(
        Handlers.deleteCollection,
        RouteDescription(
          id: "delete_collection", group: .collection, summary: "Deletes a collection",
          detail: "The path's last part is the name, whatever it is called.", answer: .empty,
          work: .write))),
  ]

  private static let create = RouteDescription(
    id: "create_collection", group: .collection, summary: "Creates a collection",
    detail: "With `get_or_create` one that exists is answered unchanged.",
    body: .init(
      type: .object(
        .needed("name", .named("Name")),
        .optional("get_or_create", .boolean),
        .optional("metadata", TypeSchema.named("CollectionMetadata").orNull),
        .optional("configuration", TypeSchema.named("CollectionConfiguration").orNull),
        .optional("schema", TypeSchema.named("Schema").orNull)),
      example: #"""
        {"name": "notes", "get_or_create": true, "metadata": {"topic": "birds"},
         "configuration": {"hnsw": {"space": "cosine"}}}
        """#),
    answer: one, work: .write, statuses: [409], showsPosition: true)

  private static let update = RouteDescription(
    id: "update_collection", group: .collection, summary: "Renames or changes a collection",
    detail: "`new_metadata` replaces all metadata.",
    body: .init(
      type: .object(
        .optional("new_name", TypeSchema.named("Name").orNull),
        .optional("new_metadata", TypeSchema.map(TypeSchema.named("Scalar").orNull).orNull),
        .optional("new_configuration", TypeSchema.named("UpdateCollectionConfiguration").orNull)),
      example: #"{"new_name": "birds", "new_metadata": {"topic": "owls"}}"#),
    answer: .empty, work: .write, statuses: [409])
}
