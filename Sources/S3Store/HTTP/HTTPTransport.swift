import AsyncHTTPClient
import Model
import NIOCore
import NIOHTTP1

/// One HTTP request and its whole answer, with a deadline and a limit on the answer's size; nothing is
/// repeated and no redirect is followed.
struct HTTPTransport: Sendable {
  let client: HTTPClient
  let clock: any ServerClock

  /// What the deadline of a body allows for that does not say how long it is; no object of S3 is so.
  private static let unannouncedBytes = 8 << 20

  struct Request: Sendable {
    var method: HTTPMethod
    var url: String
    var headers: [(name: String, value: String)] = []
    var body: ArraySlice<UInt8> = []
    var deadline: Deadline
    /// Limit of the answer's body; one byte more is an error.
    var answerBytesMax: Int
  }

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    /// The one value of a header; nil if it is missing or there is more than one.
    func header(_ name: String) -> String? {
      let values = headers[name]
      return values.count == 1 ? values.first : nil
    }
  }

  /// `base` for the answer's head and again for its body, and a second more for every `bytesPerSecond` of
  /// request and answer.
  struct Deadline: Sendable {
    let base: Duration
    let bytesPerSecond: Int

    func allowing(_ bytes: Int) -> Duration {
      base + .milliseconds(bytes / max(1, bytesPerSecond / 1000))
    }
  }

  func send(_ request: Request) async throws(TransportError) -> Answer {
    let handOver = HandOver()
    do {
      let timeout = request.deadline.allowing(request.body.count).wholeMilliseconds
      let response = try await client.execute(
        outgoing(request, handOver), timeout: .milliseconds(timeout))
      let body = try await body(of: response, to: request)
      return Answer(status: Int(response.status.code), headers: response.headers, body: body)
    } catch {
      // Without a body the request may have left at any time.
      throw TransportError(error, mayHaveArrived: request.body.isEmpty || handOver.hasHappened)
    }
  }

  private func outgoing(_ request: Request, _ handOver: HandOver) -> HTTPClientRequest {
    var outgoing = HTTPClientRequest(url: request.url)
    outgoing.method = request.method
    for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
    if !request.body.isEmpty {
      outgoing.body = .bytes(
        WatchedBody(bytes: request.body, handOver: handOver),
        length: .known(Int64(request.body.count)))
    }
    return outgoing
  }

  private func body(
    of response: HTTPClientResponse, to request: Request
  ) async throws -> [UInt8] {
    let announced = response.headers["content-length"].first.flatMap { Int($0) }
    if request.method == .HEAD || announced == 0 { return [] }
    if let announced, announced > request.answerBytesMax {
      throw TransportError.tooLarge(announced, max: request.answerBytesMax)
    }
    // The client's own deadline ends with the head of the answer.
    let time = request.deadline.allowing(
      announced ?? min(request.answerBytesMax, Self.unannouncedBytes))
    let body = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        try await Self.collect(response.body, expected: announced, max: request.answerBytesMax)
      }
      group.addTask {
        try await clock.sleep(for: time)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let body = first else {
        throw TransportError.timedOut(
          "the answer's body did not arrive in \(time.wholeMilliseconds) ms")
      }
      return body
    }
    if let announced, body.count != announced {
      throw TransportError.cutShort(body.count, of: announced)
    }
    return body
  }

  private static func collect(
    _ body: HTTPClientResponse.Body, expected: Int?, max: Int
  ) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected ?? 0)
    for try await part in body {
      guard part.readableBytes <= max - bytes.count else {
        throw TransportError.tooLarge(bytes.count + part.readableBytes, max: max)
      }
      bytes.append(contentsOf: part.readableBytesView)
    }
    return bytes
  }
}
