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

  /// Names the origin in the answer, if it is one of the allowed.
  static func allow(_ origin: String?, _ headers: inout HTTPFields, _ origins: [String]) {
    guard !origins.isEmpty else { return }
    if origins == ["*"] {
      headers[.accessControlAllowOrigin] = "*"
      return
    }
    headers[.vary] = "origin"
    if let origin, origins.contains(origin) { headers[.accessControlAllowOrigin] = origin }
  }
}
