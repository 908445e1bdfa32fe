import HTTPTypes
import Model

/// A route: a path with the methods it has, in the order in which `allow` names them.
struct Route: Sendable {
  typealias Handler = @Sendable (Handlers, Call) async throws(APIError) -> Answer

  let path: [PathPart]
  let methods: [(method: HTTPRequest.Method, handler: Handler)]

  /// A path such as `/api/v2/tenants/{tenant}`.
  init(_ path: String, _ methods: (method: HTTPRequest.Method, handler: Handler)...) {
    self.path = path.split(separator: "/").map { part in
      part.hasPrefix("{")
        ? .parameter(String(part.dropFirst().dropLast())) : .literal(Text(String(part)))
    }
    self.methods = methods
  }

  /// HEAD works wherever GET does.
  func handler(_ method: HTTPRequest.Method) -> Handler? {
    let wanted = method == .head ? .get : method
    return methods.first { $0.method == wanted }?.handler
  }

  /// As axum spells it: `GET,HEAD,POST`.
  var allow: String {
    methods.map { $0.method == .get ? "GET,HEAD" : $0.method.rawValue }.joined(separator: ",")
  }
}

/// All routes. The first whose path fits takes the request, so fixed words stand before parameters.
enum RouteTable {
  static let routes: [Route] = system + tenants + collections + records

  private static let system: [Route] = [
    Route("/api/v2", (.get, { (h, c) in try await h.heartbeat(c) })),
    Route("/api/v2/heartbeat", (.get, { (h, c) in try await h.heartbeat(c) })),
    Route("/api/v2/healthcheck", (.get, { (h, c) in await h.healthcheck(c) })),
    Route("/api/v2/version", (.get, { (h, c) in h.version(c) })),
    Route("/api/v2/pre-flight-checks", (.get, { (h, c) in h.preFlightChecks(c) })),
    Route("/api/v2/auth/identity", (.get, { (h, c) in h.identity(c) })),
    Route("/api/v2/reset", (.post, { (h, c) in try await h.reset(c) })),
    Route("/api/s3/sync", (.post, { (h, c) in try await h.sync(c) })),
    Route("/api/s3/status", (.get, { (h, c) in try await h.status(c) })),
  ]

  private static let tenants: [Route] = [
    Route("/api/v2/tenants", (.post, { (h, c) in try await h.createTenant(c) })),
    Route(
      "/api/v2/tenants/{tenant_name}",
      (.get, { (h, c) in try await h.getTenant(c) }),
      (.patch, { (h, c) in try await h.updateTenant(c) })),
    Route(
      "/api/v2/tenants/{tenant}/databases",
      (.get, { (h, c) in try await h.listDatabases(c) }),
      (.post, { (h, c) in try await h.createDatabase(c) })),
    Route(
      database,
      (.get, { (h, c) in try await h.getDatabase(c) }),
      (.delete, { (h, c) in try await h.deleteDatabase(c) })),
  ]

  private static let database = "/api/v2/tenants/{tenant}/databases/{database}"
  private static let collection = "\(database)/collections/{collection_id}"

  private static let collections: [Route] = [
    Route("/api/v2/collections/{crn}", (.get, { (h, c) in try await h.getCollectionByCRN(c) })),
    Route(
      "\(database)/collections",
      (.get, { (h, c) in try await h.listCollections(c) }),
      (.post, { (h, c) in try await h.createCollection(c) })),
    Route(
      "\(database)/collections_count", (.get, { (h, c) in try await h.countCollections(c) })),
    Route(
      "\(database)/collections/by-id/{collection_id}",
      (.get, { (h, c) in try await h.getCollectionByID(c) })),
    Route(
      collection,
      (.get, { (h, c) in try await h.getCollection(c) }),
      (.put, { (h, c) in try await h.updateCollection(c) }),
      (.delete, { (h, c) in try await h.deleteCollection(c) })),
  ]

  private static let records: [Route] = [
    Route("\(collection)/add", (.post, { (h, c) in try await h.add(c) })),
    Route("\(collection)/upsert", (.post, { (h, c) in try await h.upsert(c) })),
    Route("\(collection)/update", (.post, { (h, c) in try await h.update(c) })),
    Route("\(collection)/delete", (.post, { (h, c) in try await h.delete(c) })),
    Route("\(collection)/get", (.post, { (h, c) in try await h.get(c) })),
    Route("\(collection)/query", (.post, { (h, c) in try await h.query(c) })),
    Route("\(collection)/count", (.get, { (h, c) in try await h.count(c) })),
    Route("\(collection)/search", (.post, { (h, c) in try await h.search(c) })),
    Route("\(collection)/fork", (.post, { (h, c) in try await h.fork(c) })),
    Route("\(collection)/fork_count", (.get, { (h, c) in try await h.forkCount(c) })),
    Route("\(collection)/indexing_status", (.get, { (h, c) in try await h.indexingStatus(c) })),
    Route("\(collection)/functions/attach", (.post, { (h, c) in try await h.attachFunction(c) })),
    Route(
      "\(collection)/functions/{function_name}",
      (.get, { (h, c) in try await h.getFunction(c) })),
    Route(
      "\(collection)/attached_functions/{name}/detach",
      (.post, { (h, c) in try await h.detachFunction(c) })),
  ]
}
