import ChromaAPI
import Engine
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore
import ObjectStore
import Testing

/// Requests that need nothing of the engine, without a network.
@Suite struct ResponderTests {
  private func responder(_ change: (inout APIConfiguration) -> Void = { _ in }) -> Responder {
    var configuration = APIConfiguration(version: "0")
    change(&configuration)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let engine = Engine(
      configuration: EngineConfiguration(prefix: "", probesStore: false),
      store: MemoryStore(now: { StoreTime(millisecondsSince1970: 0) }),
      clock: SystemServerClock(), random: SeededRandomSource(seed: 1), logger: logger)
    return Responder(
      handlers: Handlers(engine: engine, configuration: configuration), logger: logger)
  }

  private func request(
    _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], body: String = ""
  ) -> Request {
    Request(
      head: HTTPRequest(
        method: method, scheme: "http", authority: "x", path: path, headerFields: headers),
      body: RequestBody(buffer: ByteBuffer(string: body)))
  }

  private func answer(
    _ responder: Responder, _ request: Request
  ) async throws -> Response {
    try await responder.respond(to: request, context: CallContext())
  }

  @Test(
    "unknown routes and wrong methods have no body",
    arguments: [
      (HTTPRequest.Method.get, "/", 404, nil as String?),
      (.get, "/api/v2/version/", 404, nil),
      (.post, "/api/v2/version", 405, "GET,HEAD"),
      (.delete, "/api/v2/tenants/x/databases", 405, "GET,HEAD,POST"),
      (.post, "/api/v1/x", 405, "GET,HEAD,PUT,PATCH,DELETE,OPTIONS"),
      (.options, "/api/v2/version", 405, "GET,HEAD"),
    ])
  func bare(method: HTTPRequest.Method, path: String, status: Int, allow: String?) async throws {
    let response = try await answer(responder(), request(method, path))
    #expect(response.status.code == status)
    #expect(response.headers[.allow] == allow)
    #expect(response.headers[.contentType] == nil)
    #expect(response.body.contentLength == 0)
    #expect(response.headers[.chromaTraceID] == String(repeating: "0", count: 32))
  }

  @Test("HEAD answers the headers of GET")
  func head() async throws {
    let response = try await answer(responder(), request(.head, "/api/v2/version"))
    #expect(response.status == .ok)
    #expect(response.headers[.contentLength] == "7")
    #expect(response.body.contentLength == 0)
    #expect(response.headers[.chromaTraceID] == nil)
  }

  @Test("the first version of the API is gone")
  func gone() async throws {
    #expect(try await answer(responder(), request(.get, "/api/v1/heartbeat")).status == .gone)
  }

  @Test(
    "a content type that is not JSON is refused, none is JSON",
    arguments: [
      ("text/plain", 415), ("application/jsonx", 415), ("application/json; charset=utf-8", 400),
      ("application/vnd.x+json", 400), (nil as String?, 400),
    ])
  func contentType(type: String?, status: Int) async throws {
    var headers: HTTPFields = [:]
    headers[.contentType] = type
    let response = try await answer(
      responder(), request(.post, "/api/v2/tenants", headers, body: "{"))
    #expect(response.status.code == status)
  }

  @Test("a body of exactly the limit is read, one byte more is refused")
  func limit() async throws {
    let path =
      "/api/v2/tenants/default_tenant/databases/default_database/collections/"
      + "00000000-0000-0000-0000-000000000001/add"
    let small = responder { $0.maxBodyBytes = 10 }
    let fitting = try await answer(small, request(.post, path, body: "{         "))
    #expect(fitting.status == .badRequest)
    let large = try await answer(small, request(.post, path, body: "{          "))
    #expect(large.status == .contentTooLarge)
    let announced = try await answer(
      small, request(.post, path, [.contentLength: "11"], body: "["))
    #expect(announced.status == .contentTooLarge)
  }

  @Test(
    "the memory of a large body is there for the next, however the request ends",
    arguments: [
      (#"{"ids":["#, 0, 400), (#"{"ids":1}"#, 0, 422), ("{", 1 << 20, 413),
    ])
  func keptMemory(body: String, excess: Int, status: Int) async throws {
    let path =
      "/api/v2/tenants/default_tenant/databases/default_database/collections/"
      + "00000000-0000-0000-0000-000000000001/add"
    let responder = responder { $0.maxBodyBytes = 1 << 20 }
    let announced = 1 << 20
    let padded = body + String(repeating: " ", count: announced + excess - body.utf8.count)
    var capacities: [Int] = []
    for _ in 0..<3 {
      let response = try await answer(
        responder, request(.post, path, [.contentLength: "\(announced)"], body: padded))
      #expect(response.status.code == status)
      let kept = responder.handlers.buffers.capacities
      #expect(kept.count == 1)
      capacities += kept
    }
    #expect(Set(capacities).count == 1)
  }

  @Test("a kept buffer counts as memory for bodies before anything of the body came")
  func keptMemoryCounts() async throws {
    let path =
      "/api/v2/tenants/default_tenant/databases/default_database/collections/"
      + "00000000-0000-0000-0000-000000000001/add"
    let mebibyte = 1 << 20
    let responder = responder { $0.maxBodyBytesInFlight = 32 * mebibyte }
    func large(_ megabytes: Int) -> Request {
      let body = String(repeating: " ", count: megabytes * mebibyte)
      return request(.post, path, [.contentLength: "\(megabytes * mebibyte)"], body: body)
    }
    #expect(try await answer(responder, large(2)).status == .badRequest)
    #expect(responder.handlers.buffers.capacities.count == 1)
    // One that announces as much and sends nothing holds the buffer.
    let paused = PausedBody(" ")
    let holding = Request(
      head: HTTPRequest(
        method: .post, scheme: "http", authority: "x", path: path,
        headerFields: [.contentLength: "\(2 * mebibyte)"]),
      body: RequestBody(asyncSequence: paused))
    async let held = answer(responder, holding)
    await paused.wasTaken()
    #expect(responder.handlers.buffers.capacities.isEmpty)
    #expect(try await answer(responder, large(31)).status == .serviceUnavailable)
    #expect(try await answer(responder, large(29)).status == .badRequest)
    paused.end()
    #expect(try await held.status == .badRequest)
    #expect(try await answer(responder, large(31)).status == .badRequest)
  }

  @Test("reset must be allowed")
  func reset() async throws {
    #expect(try await answer(responder(), request(.post, "/api/v2/reset")).status == .forbidden)
  }

  @Test("the headers of Apus take what they say and nothing else")
  func headers() async throws {
    func status(_ headers: HTTPFields) async throws -> Int {
      try await answer(responder(), request(.get, "/api/v2/version", headers)).status.code
    }
    #expect(try await status([.apusConsistency: "strong"]) == 200)
    #expect(try await status([.apusConsistency: "Strong"]) == 400)
    #expect(try await status([.apusMinLogPosition: "18446744073709551615"]) == 200)
    #expect(try await status([.apusMinLogPosition: "-1"]) == 400)
  }

  @Test("sync and status need a bucket")
  func s3() async throws {
    #expect(try await answer(responder(), request(.post, "/api/s3/sync")).status == .badRequest)
    #expect(try await answer(responder(), request(.get, "/api/s3/status")).status == .badRequest)
  }

  @Test("browsers are told of the allowed origins only")
  func cors() async throws {
    let origin: HTTPFields = [.origin: "http://a"]
    let closed = try await answer(responder(), request(.get, "/api/v2/version", origin))
    #expect(closed.headers[.accessControlAllowOrigin] == nil)
    let open = responder { $0.corsOrigins = ["http://a"] }
    let allowed = try await answer(open, request(.options, "/api/v2/version", origin))
    #expect(allowed.status == .ok)
    #expect(allowed.headers[.accessControlAllowOrigin] == "http://a")
    let other = try await answer(
      open, request(.get, "/api/v2/version", [.origin: "http://b"]))
    #expect(other.headers[.accessControlAllowOrigin] == nil)
  }

  @Test(
    "web pages of other origins change nothing, pages from here and of allowed origins may",
    arguments: [
      ("http://b", 403), ("null", 403), ("http://x.b", 403), ("http://x:8000", 403), ("x", 403),
      ("http://X", 400), ("https://x", 400), ("http://a", 400), (nil as String?, 400),
    ])
  func foreignOrigin(origin: String?, status: Int) async throws {
    let open = responder { $0.corsOrigins = ["http://a"] }
    var headers: HTTPFields = [:]
    headers[.origin] = origin
    let response = try await answer(open, request(.post, "/api/v2/tenants", headers, body: "{"))
    #expect(response.status.code == status)
    let reading = try await answer(open, request(.get, "/api/v2/version", headers))
    #expect(reading.status == .ok)
  }

  @Test("a refused page resets nothing, where any origin is allowed it may")
  func foreignReset() async throws {
    let foreign: HTTPFields = [.origin: "http://b"]
    let closed = responder { $0.allowReset = true }
    let refused = try await answer(closed, request(.post, "/api/v2/reset", foreign))
    #expect(refused.status == .forbidden)
    let any = responder { $0.corsOrigins = ["*"] }
    let allowed = try await answer(any, request(.post, "/api/v2/tenants", foreign, body: "{"))
    #expect(allowed.status == .badRequest)
    #expect(
      allowed.headers[.accessControlExposeHeaders] == "apus-log-position, retry-after")
  }

  @Test("the bodies in flight share their memory, one alone may take more")
  func bodiesInFlight() async throws {
    let small = responder { $0.maxBodyBytesInFlight = 10 }
    let alone = request(.post, "/api/v2/tenants", body: "{           ")
    #expect(try await answer(small, alone).status == .badRequest)

    let body = PausedBody("{     ")
    let paused = Request(
      head: HTTPRequest(method: .post, scheme: "http", authority: "x", path: "/api/v2/tenants"),
      body: RequestBody(asyncSequence: body))
    async let first = answer(small, paused)
    await body.wasTaken()
    let second = try await answer(small, request(.post, "/api/v2/tenants", body: "{    "))
    #expect(second.status == .serviceUnavailable)
    #expect(second.headers[.retryAfter] == "1")
    let announced = try await answer(
      small, request(.post, "/api/v2/tenants", [.contentLength: "5"], body: "{"))
    #expect(announced.status == .serviceUnavailable)
    let fitting = try await answer(small, request(.post, "/api/v2/tenants", body: "{   "))
    #expect(fitting.status == .badRequest)

    body.end()
    #expect(try await first.status == .badRequest)
    #expect(try await answer(small, alone).status == .badRequest)
  }

  @Test(
    "a tenant's name has at most 512 bytes",
    arguments: [("a", 513), ("a", 100_000), ("é", 257)])
  func tenantName(character: String, count: Int) async throws {
    let name = String(repeating: character, count: count)
    let response = try await answer(
      responder(), request(.post, "/api/v2/tenants", body: "{\"name\": \"\(name)\"}"))
    #expect(response.status == .badRequest)
    #expect(try #require(response.body.contentLength) < 200)
  }

  @Test("the connection ends after the answer where a client waits with a body that nobody takes")
  func hopelessBody() async throws {
    let large: HTTPFields = [.contentLength: "1000000000"]
    var waiting = large
    waiting[.expect] = "100-continue"
    let drained = try await answer(responder(), request(.post, "/api/v2/tenants", large))
    #expect(drained.status == .contentTooLarge && drained.headers[.connection] == nil)
    let closed = try await answer(responder(), request(.post, "/api/v2/tenants", waiting))
    #expect(closed.status == .contentTooLarge && closed.headers[.connection] == "close")
  }
}
