import HTTPTypes
import Model

/// A route: a path with the methods it has, in the order in which `allow` names them.
package struct Route: Sendable {
  typealias Handler =
    @Sendable (Handlers) -> @Sendable (Call) async throws(APIError) -> Answer

  package let path: [PathPart]
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
  package var allow: String {
    methods.map { $0.method == .get ? "GET,HEAD" : $0.method.rawValue }.joined(separator: ",")
  }
}

/// All routes. The first whose path fits takes the request, so fixed words stand before parameters.
package enum RouteTable {
  package static let routes: [Route] = system + tenants + collections + records

  private static let system: [Route] = [
    Route("/api/v2", (.get, Handlers.heartbeat)),
    Route("/api/v2/heartbeat", (.get, Handlers.heartbeat)),
    Route("/api/v2/healthcheck", (.get, Handlers.healthcheck)),
    Route("/api/v2/version", (.get, Handlers.version)),
    Route("/api/v2/pre-flight-checks", (.get, Handlers.preFlightChecks)),
    Route("/api/v2/auth/identity", (.get, Handlers.identity)),
    Route("/api/v2/reset", (.post, Handlers.reset)),
    Route("/api/s3/sync", (.post, Handlers.sync)),
    Route("/api/s3/status", (.get, Handlers.status)),
  ]

  private static let tenants: [Route] = [
    Route("/api/v2/tenants", (.post, Handlers.createTenant)),
    Route(
      "/api/v2/tenants/{tenant_name}",
      (.get, Handlers.getTenant),
      (.patch, Handlers.updateTenant)),
    Route(
      "/api/v2/tenants/{tenant}/databases",
      (.get, Handlers.listDatabases),
      (.post, Handlers.createDatabase)),
    Route(
      database,
      (.get, Handlers.getDatabase),
      (.delete, Handlers.deleteDatabase)),
  ]

  private static let database = "/api/v2/tenants/{tenant}/databases/{database}"
  private static let collection = "\(database)/collections/{collection_id}"

  private static let collections: [Route] = [
    Route("/api/v2/collections/{crn}", (.get, Handlers.getCollectionByCRN)),
    Route(
      "\(database)/collections",
      (.get, Handlers.listCollections),
      (.post, Handlers.createCollection)),
    Route(
      "\(database)/collections_count", (.get, Handlers.countCollections)),
    Route(
      "\(database)/collections/by-id/{collection_id}",
      (.get, Handlers.getCollectionByID)),
    Route(
      collection,
      (.get, Handlers.getCollection),
      (.put, Handlers.updateCollection),
      (.delete, Handlers.deleteCollection)),
  ]

  private static let records: [Route] = [
    Route("\(collection)/add", (.post, Handlers.add)),
    Route("\(collection)/upsert", (.post, Handlers.upsert)),
    Route("\(collection)/update", (.post, Handlers.update)),
    Route("\(collection)/delete", (.post, Handlers.delete)),
    Route("\(collection)/get", (.post, Handlers.get)),
    Route("\(collection)/query", (.post, Handlers.query)),
    Route("\(collection)/count", (.get, Handlers.count)),
    Route("\(collection)/search", (.post, Handlers.search)),
    Route("\(collection)/fork", (.post, Handlers.fork)),
    Route("\(collection)/fork_count", (.get, Handlers.forkCount)),
    Route("\(collection)/indexing_status", (.get, Handlers.indexingStatus)),
    Route("\(collection)/functions/attach", (.post, Handlers.attachFunction)),
    Route(
      "\(collection)/functions/{function_name}",
      (.get, Handlers.getFunction)),
    Route(
      "\(collection)/attached_functions/{name}/detach",
      (.post, Handlers.detachFunction)),
  ]
}
