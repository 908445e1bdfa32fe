import Engine
import HTTPTypes
package import Hummingbird
package import Logging
import Model
import NIOCore

/// Nothing of Hummingbird's own context is needed.
package struct CallContext: InitializableFromSource {
  package init(source: ApplicationRequestContextSource) {}
  package init() {}
}

/// From a request to its response: finds the route, reads the headers, writes the answer's.
///
/// What is short is done on the connection's event loop, everything else on Swift's own threads: reading a large body
/// must not hold up other connections' input and output.
package struct Responder: HTTPResponder {
  package typealias Context = CallContext

  package let handlers: Handlers
  let logger: Logger

  package init(handlers: Handlers, logger: Logger) {
    self.handlers = handlers
    self.logger = logger
  }

  package func respond(to request: Request, context: CallContext) async throws -> Response {
    let start = ContinuousClock.now
    let origin = request.headers[.origin]
    var response: Response
    if let preflight = CORS.preflight(request.head, handlers.configuration.corsOrigins) {
      response = preflight
    } else if CORS.refuses(request.head, handlers.configuration.corsOrigins) {
      response = self.response(.error(.foreignOrigin), isHead: false)
    } else {
      response = await respond(to: request)
    }
    if response.status == .requestTimeout
      || Expectation.isHopeless(request.headers, handlers.configuration.largestBodyBytes)
    {
      // The rest of the body is not awaited.
      response.headers[.connection] = "close"
    }
    CORS.allow(origin, &response.headers, handlers.configuration.corsOrigins)
    let (status, method, path) = (response.status, request.method, request.head.path ?? "")
    logger.debug(
      "request",
      metadata: [
        "http.method": "\(method.rawValue)", "http.path": "\(path.prefix { $0 != "?" })",
        "http.status": "\(status.code)",
        "duration_ms": "\(start.duration(to: .now).wholeMilliseconds)",
      ])
    return response
  }

  private func respond(to request: Request) async -> Response {
    let target = request.head.path ?? ""
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    guard let path = RequestPath(target[..<mark]) else { return bare(.notFound) }
    if let response = v1(path, request.method) { return response }
    guard let (route, encoded) = RouteTable.find(path) else { return bare(.notFound) }
    guard let endpoint = route.endpoint(request.method) else {
      return bare(.methodNotAllowed, allow: route.allow)
    }
    let answer: Answer
    let memory = BodyShare(of: handlers.bodies)
    defer { memory.release() }
    do throws(APIError) {
      let handler = endpoint.handler(handlers)
      let call = Call(
        parameters: try decoded(encoded, route),
        query: Substring(target.utf8[mark...].dropFirst()),
        headers: request.headers, body: request.body, memory: memory,
        reading: try ReadOptions(
          request.headers, alwaysStrong: handlers.configuration.readsAreStrong))
      if endpoint.isShort, Self.isShort(request) {
        answer = try await handler(call)
      } else {
        answer = try await onSwiftThreads { () async throws(APIError) in
          try await handler(call)
        }
      }
    } catch {
      answer = .error(error)
    }
    return response(answer, isHead: request.method == .head)
  }

  /// Whether the body is read and understood in some ten microseconds.
  private static func isShort(_ request: Request) -> Bool {
    if request.method == .get || request.method == .head { return true }
    guard let bytes = request.headers[.contentLength].flatMap({ Int($0) }) else { return false }
    return bytes <= Limits.shortBodyBytesMax
  }

  private func decoded(
    _ encoded: [Substring], _ route: Route
  ) throws(APIError) -> [Text] {
    var decoded: [Text] = []
    decoded.reserveCapacity(encoded.count)
    for (index, value) in encoded.enumerated() {
      guard let text = percentDecoded(value) else {
        throw .invalid("Invalid URL: Invalid UTF-8 in `\(route.parameters[index])`")
      }
      decoded.append(text)
    }
    return decoded
  }

  /// The first version of Chroma's API is gone, and says so.
  private func v1(_ path: RequestPath, _ method: HTTPRequest.Method) -> Response? {
    guard path.parts.count >= 3, path.parts[0] == "api", path.parts[1] == "v1",
      !path.parts[2].isEmpty
    else { return nil }
    let methods: [HTTPRequest.Method] = [.get, .head, .put, .patch, .delete, .options]
    guard methods.contains(method) else {
      return bare(
        .methodNotAllowed, allow: methods.map(\.rawValue).joined(separator: ","))
    }
    let gone = APIError(
      status: .gone, name: .v1, message: "The v1 API is deprecated. Please use /v2 apis")
    return response(.error(gone), isHead: method == .head)
  }

  private func response(_ answer: Answer, isHead: Bool) -> Response {
    // Appended, as none is there twice: to set one looks for others of its name.
    var headers = HTTPFields()
    headers.reserveCapacity(8)
    func add(_ name: HTTPField.Name, _ value: String) {
      headers.append(HTTPField(name: name, value: value))
    }
    add(.contentType, answer.contentType)
    if let policy = answer.contentSecurityPolicy { add(.contentSecurityPolicy, policy) }
    add(.contentLength, String(answer.body.count))
    if answer.hasTraceID { add(.chromaTraceID, HTTPField.Name.noTrace) }
    if let position = answer.logPosition { add(.apusLogPosition, String(position)) }
    if let seconds = answer.retryAfter { add(.retryAfter, String(seconds)) }
    let body = isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
    return Response(status: answer.status, headers: headers, body: body)
  }

  private func bare(_ status: HTTPResponse.Status, allow: String? = nil) -> Response {
    var headers = HTTPFields()
    headers[.chromaTraceID] = HTTPField.Name.noTrace
    headers[.allow] = allow
    return Response(status: status, headers: headers)
  }
}

extension APIError {
  fileprivate static let foreignOrigin = APIError(
    status: .forbidden,
    message: "requests from web pages of this origin are not allowed: see APUS_CORS_ORIGINS")
}
