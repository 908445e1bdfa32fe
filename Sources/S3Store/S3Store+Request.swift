import NIOHTTP1
import ObjectStore

/// A request to the bucket or to one of its objects.
struct S3Request: Sendable {
  /// What it does, for messages: `get`, `create`.
  let operation: String
  let method: HTTPMethod
  /// Nil for a request to the bucket.
  let key: String?
  var query: [(name: String, value: String)] = []
  /// Besides those that every request has; names in lower case.
  var headers: [(name: String, value: String)] = []
  var body: ArraySlice<UInt8> = []
  var answerBytesMax: Int
  /// False if it only reads, so that nothing can have been applied.
  let changes: Bool
}

/// An answer with any status.
struct S3Answer: Sendable {
  let http: HTTPTransport.Answer
  let date: StoreTime?
  let credentials: S3Credentials
  let clockWasCorrected: Bool

  var status: Int { http.status }
  var body: [UInt8] { http.body }
  func header(_ name: String) -> String? { http.header(name) }
  var lastModified: StoreTime? { header("last-modified").flatMap(DateParser.http) }
}

extension S3Store {
  func request(
    _ operation: String, _ method: HTTPMethod, key: String?, changes: Bool
  ) -> S3Request {
    S3Request(
      operation: operation, method: method, key: key,
      answerBytesMax: configuration.limits.answerBytesMax, changes: changes)
  }

  /// Signs and sends a request, once, and returns whatever the store answers.
  func send(_ request: S3Request) async throws(ObjectStoreError) -> S3Answer {
    if let key = request.key, !(1...1024).contains(key.utf8.count) {
      throw failure(request, .invalidRequest, "keys have 1 to 1,024 bytes", applied: false)
    }
    let credentials: S3Credentials
    do {
      credentials = try await cache.credentials()
    } catch {
      throw failure(request, Self.code(of: error), "\(error)", applied: false)
    }
    do {
      let answer = try await http.send(signed(request, by: credentials))
      let date = answer.header("date").flatMap(DateParser.http)
      return S3Answer(
        http: answer, date: date, credentials: credentials,
        clockWasCorrected: skew.learn(from: date))
    } catch {
      throw failure(
        request, Self.code(of: error), "no good answer from \(address.host): \(error)",
        applied: request.changes && error.mayHaveArrived)
    }
  }

  private func signed(
    _ request: S3Request, by credentials: S3Credentials
  ) -> HTTPTransport.Request {
    let time = skew.now
    let hash = Signer.hash(request.body)
    var headers = request.headers
    headers.append(("host", address.host))
    headers.append(("x-amz-date", time.basic))
    headers.append(("x-amz-content-sha256", hash))
    if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }

    let path = address.path(of: request.key)
    let query = Query(request.query)
    let authorization = signer.authorization(
      for: Signer.Request(
        method: request.method.rawValue, path: path, query: query.canonical, headers: headers,
        payloadHash: hash),
      by: credentials, at: time)
    headers.append(("authorization", authorization))
    let limits = configuration.limits
    return HTTPTransport.Request(
      method: request.method, url: address.url(path: path, query: query), headers: headers,
      body: request.body,
      deadline: HTTPTransport.Deadline(
        base: limits.requestTimeout, bytesPerSecond: limits.bytesPerSecondMin),
      answerBytesMax: request.answerBytesMax)
  }

  private static func code(of error: CredentialsError) -> ObjectStoreError.Code {
    switch error.code {
    case .absent, .refused: .accessDenied
    case .unreachable: .unreachable
    case .cancelled: .cancelled
    }
  }

  private static func code(of error: TransportError) -> ObjectStoreError.Code {
    switch error.kind {
    case .broken, .timedOut: .unreachable
    case .cutShort: .damaged
    case .tooLarge: .invalidRequest
    case .cancelled: .cancelled
    }
  }
}
