import HTTPTypes
import Model

/// A route: a path with the methods it has, in the order in which `allow` names them.
package struct Route: Sendable {
  typealias Handler =
    @Sendable (Handlers) -> @Sendable (Call) async throws(APIError) -> Answer

  /// A method with what it does and what there is to know of it.
  struct Endpoint: Sendable {
    let method: HTTPRequest.Method
    let handler: Handler
    let description: RouteDescription
    /// Whether it is short enough for an event loop, or asks for Swift's threads itself where it is not.
    private(set) var isShort = false

    /// The same, done on the connection's event loop.
    var short: Self {
      var short = self
      short.isShort = true
      return short
    }

    static func get(_ handler: @escaping Handler, _ description: RouteDescription) -> Self {
      Self(method: .get, handler: handler, description: description)
    }

    static func post(_ handler: @escaping Handler, _ description: RouteDescription) -> Self {
      Self(method: .post, handler: handler, description: description)
    }

    static func put(_ handler: @escaping Handler, _ description: RouteDescription) -> Self {
      Self(method: .put, handler: handler, description: description)
    }

    static func patch(_ handler: @escaping Handler, _ description: RouteDescription) -> Self {
      Self(method: .patch, handler: handler, description: description)
    }

    static func delete(_ handler: @escaping Handler, _ description: RouteDescription) -> Self {
      Self(method: .delete, handler: handler, description: description)
    }
  }

  /// As it is written, with its parameters in braces.
  package let template: String
  package let path: [PathPart]
  let endpoints: [Endpoint]

  /// A path such as `/api/v2/tenants/{tenant}`.
  init(_ path: String, _ endpoints: Endpoint...) {
    self.template = path
    self.path = path.split(separator: "/").map { part in
      part.hasPrefix("{")
        ? .parameter(String(part.dropFirst().dropLast())) : .literal(Text(String(part)))
    }
    self.endpoints = endpoints
  }

  /// HEAD works wherever GET does.
  func endpoint(_ method: HTTPRequest.Method) -> Endpoint? {
    let wanted = method == .head ? .get : method
    return endpoints.first { $0.method == wanted }
  }

  /// The names of the parameters, in the order of the path.
  package var parameters: [String] {
    path.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
  }

  /// As axum spells it: `GET,HEAD,POST`.
  package var allow: String {
    endpoints.map { $0.method == .get ? "GET,HEAD" : $0.method.rawValue }.joined(separator: ",")
  }
}

/// All routes, each described where it stands. The first whose path fits takes the request, so fixed words
/// stand before parameters.
package enum RouteTable {
  package static let routes: [Route] =
    system + tenants + collections + records + refused + descriptions

  /// The first route whose path fits, with the encoded values of its parameters.
  package static func find(_ path: RequestPath) -> (route: Route, encoded: [Substring])? {
    for route in index.candidates(for: path) {
      if let encoded = path.matches(route.path) { return (route, encoded) }
    }
    return nil
  }

  private static let index = RouteIndex(routes)

  static let database = "/api/v2/tenants/{tenant}/databases/{database}"
  static let collection = "\(database)/collections/{collection_id}"
}
