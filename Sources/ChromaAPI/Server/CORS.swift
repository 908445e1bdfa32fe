import HTTPTypes
import Hummingbird

/// Which web pages may call the server (the Fetch standard, section 3.3). Without allowed origins nothing of
/// it is answered.
enum CORS {
  /// The answer to a browser's question whether it may send a request, or nil if this is none.
  static func preflight(_ request: HTTPRequest, _ origins: [String]) -> Response? {
    guard !origins.isEmpty, request.method == .options else { return nil }
    var headers = HTTPFields()
    headers[.accessControlAllowMethods] = "*"
    headers[.accessControlAllowHeaders] = "*"
    headers[.contentLength] = "0"
    return Response(status: .ok, headers: headers)
  }

  /// Whether the request would change something for a web page of another origin that is not allowed.
  ///
  /// Browsers send some such requests without asking first; only the `Origin` header tells them from a
  /// program's.
  static func refuses(_ request: HTTPRequest, _ origins: [String]) -> Bool {
    guard let origin = request.headerFields[.origin], origins != ["*"] else { return false }
    let harmless: [HTTPRequest.Method] = [.get, .head, .options]
    return !harmless.contains(request.method) && !origins.contains(origin)
      && !isSameOrigin(origin, request)
  }

  /// Whether the page came from here: `scheme://authority` with the authority of the `Host` header. The
  /// scheme does not count: a proxy may have taken TLS off.
  private static func isSameOrigin(_ origin: String, _ request: HTTPRequest) -> Bool {
    guard let scheme = origin.firstRange(of: "://"), let authority = request.authority else {
      return false
    }
    return origin[scheme.upperBound...].lowercased() == authority.lowercased()
  }

  /// Names the origin in the answer, if it is one of the allowed.
  static func allow(_ origin: String?, _ headers: inout HTTPFields, _ origins: [String]) {
    guard !origins.isEmpty else { return }
    headers[.accessControlExposeHeaders] = "apus-log-position, retry-after"
    if origins == ["*"] {
      headers[.accessControlAllowOrigin] = "*"
      return
    }
    headers[.vary] = "origin"
    if let origin, origins.contains(origin) { headers[.accessControlAllowOrigin] = origin }
  }
}
