extension RouteTable {
  private static func refused(
    _ id: String, _ group: RouteDescription.Group, _ summary: String,
    _ body: RouteDescription.Body? = nil
  ) -> RouteDescription {
    RouteDescription(
      id: id, group: group, summary: summary,
      detail: "Not implemented, as in Chroma's local server.", body: body, answer: .none,
      work: .read)
  }

  private static let search = RouteDescription.Body(
    type: .object(.needed("searches", .anything)), example: #"{"searches": []}"#)
  private static let fork = RouteDescription.Body(
    type: .object(.needed("new_name", .anything)), example: #"{"new_name": "copy"}"#)
  private static let attach = RouteDescription.Body(
    type: .object(
      .needed("name", .anything), .needed("function_id", .anything),
      .needed("output_collection", .anything)),
    example: #"{"name": "f", "function_id": "statistics", "output_collection": "counts"}"#)
  private static let detach = RouteDescription.Body(
    type: .object(.optional("delete_output", .anything)), example: #"{"delete_output": false}"#)

  private static let getFunction = RouteDescription(
    id: "get_attached_function", group: .function, summary: "An attached function",
    detail: "404: there are none.", answer: .init(status: 404), work: .read)

  /// What a local Chroma has only to refuse it.
  static let refused: [Route] = [
    Route(
      "\(collection)/search",
      .post(Handlers.search, refused("collection_search", .record, "Hybrid search", search))),
    Route(
      "\(collection)/fork",
      .post(Handlers.fork, refused("fork_collection", .collection, "Forks a collection", fork))),
    Route(
      "\(collection)/fork_count",
      .get(Handlers.forkCount, refused("fork_count", .collection, "How many forks there are"))),
    Route(
      "\(collection)/indexing_status",
      .get(
        Handlers.indexingStatus,
        refused("indexing_status", .record, "How much of the log is indexed"))),
    Route(
      "\(collection)/functions/attach",
      .post(
        Handlers.attachFunction,
        refused("attach_function", .function, "Attaches a function", attach))),
    Route(
      "\(collection)/functions/{function_name}", .get(Handlers.getFunction, getFunction)),
    Route(
      "\(collection)/attached_functions/{name}/detach",
      .post(
        Handlers.detachFunction,
        refused("detach_function", .function, "Detaches a function", detach))),
  ]
}
