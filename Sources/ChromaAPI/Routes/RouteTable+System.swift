extension RouteTable {
  private static let heartbeat = RouteDescription(
    id: "heartbeat", group: .system, summary: "The server's clock",
    answer: .init(
      type: .object(.needed("nanosecond heartbeat", .count)),
      example: #"{"nanosecond heartbeat": 1764053273000000000}"#))

  private static let root: RouteDescription = {
    var root = heartbeat
    root.id = "root"
    return root
  }()

  private static let readiness = TypeSchema.object(
    .needed("is_executor_ready", .boolean), .needed("is_log_client_ready", .boolean))

  private static let identity = TypeSchema.object(
    .needed("user_id", .text), .needed("tenant", .text), .needed("databases", .array(.text)))

  static let system: [Route] = [
    Route("/api/v2", .get(Handlers.heartbeat, root).short),
    Route("/api/v2/heartbeat", .get(Handlers.heartbeat, heartbeat).short),
    Route(
      "/api/v2/healthcheck",
      .get(
        Handlers.healthcheck,
        RouteDescription(
          id: "healthcheck", group: .system, summary: "Whether the server is ready",
          detail:
            "503, with the same body, until the catalog was read and the bucket has passed its probe.",
          answer: .init(
            type: readiness,
            example: #"{"is_executor_ready": true, "is_log_client_ready": true}"#),
          statuses: [503])
      ).short),
    Route(
      "/api/v2/version",
      .get(
        Handlers.version,
        RouteDescription(
          id: "version", group: .system, summary: "The version of Chroma's API",
          answer: .init(type: .text, example: #""1.0.0""#))
      ).short),
    Route(
      "/api/v2/pre-flight-checks",
      .get(
        Handlers.preFlightChecks,
        RouteDescription(
          id: "pre_flight_checks", group: .system, summary: "What clients should know first",
          answer: .init(
            type: .object(
              .needed("max_batch_size", .count, "records per call; advice to clients"),
              .needed("supports_base64_encoding", .boolean)),
            example: #"{"max_batch_size": 5461, "supports_base64_encoding": true}"#)))),
    Route(
      "/api/v2/auth/identity",
      .get(
        Handlers.identity,
        RouteDescription(
          id: "get_user_identity", group: .authentication,
          summary: "The default tenant and database",
          detail: "There is no authentication.",
          answer: .init(
            type: identity,
            example:
              #"{"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]}"#)))),
    Route(
      "/api/v2/reset",
      .post(
        Handlers.reset,
        RouteDescription(
          id: "reset", group: .system, summary: "Deletes everything",
          detail: "403 unless the server was started with ALLOW_RESET=True.",
          answer: .init(type: .boolean, example: "true"), work: .write))),
    Route("/api/s3/sync", .post(Handlers.sync, sync)),
    Route("/api/s3/status", .get(Handlers.status, status)),
  ]

  private static let sync = RouteDescription(
    id: "sync", group: .bucket, summary: "Catches up with the bucket now",
    detail: """
      With one collection, or with everything if the body is empty or names none. 400 where a folder stands \
      in for the bucket.
      """,
    body: .init(
      type: .object(
        .optional("collection", TypeSchema.text.orNull, "its name"),
        .optional("tenant", TypeSchema.text.orNull), .optional("database", TypeSchema.text.orNull)),
      example: #"{"collection": "notes"}"#, isRequired: false),
    answer: .init(
      type: .object(
        .needed("success", .boolean), .needed("message", .text),
        .needed("collections", .array(.named("SyncedCollection")))),
      example: #"""
        {"success": true, "message": "1 collection up to date with the bucket", "collections": [
          {"name": "notes", "tenant": "default_tenant", "database": "default_database",
           "log_position": 7, "records": 3, "pulled": 2}]}
        """#),
    work: .read, statuses: [502])

  private static let status = RouteDescription(
    id: "status", group: .bucket, summary: "The bucket and how far the server is",
    detail: "400 where a folder stands in for the bucket.",
    answer: .init(
      type: .object(
        .needed("bucket", .text), .needed("prefix", .text),
        .needed("endpoint", TypeSchema.text.orNull),
        .needed("region", .text), .needed("sync_interval_seconds", .number),
        .needed("ready", .boolean), .optional("waiting_for", .text),
        .needed("catalog_position", TypeSchema.count.orNull),
        .needed("seconds_since_sync", TypeSchema.number.orNull),
        .needed("last_sync_error", TypeSchema.text.orNull),
        .needed("collections", .array(.named("CollectionStatus")))),
      example: #"""
        {"bucket": "vectors", "prefix": "", "endpoint": null, "region": "eu-central-1",
         "sync_interval_seconds": 1, "ready": true, "catalog_position": 12,
         "seconds_since_sync": 0.4, "last_sync_error": null, "collections": []}
        """#))

  static let descriptions: [Route] = [
    Route(
      "/openapi.json",
      .get(
        Handlers.openAPI,
        RouteDescription(
          id: "openapi", group: .description, summary: "This description as OpenAPI 3.1",
          answer: .init(type: .object(), example: #"{"openapi": "3.1.0"}"#)))),
    Route(
      "/docs",
      .get(
        Handlers.documentationPage,
        RouteDescription(
          id: "docs", group: .description, summary: "This description as a page to read",
          answer: .init(contentType: "text/html; charset=utf-8")))),
  ]
}
