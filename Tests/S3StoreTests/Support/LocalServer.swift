import NIOCore
import NIOPosix
import Synchronization

/// A server on 127.0.0.1 that answers each request as a closure says, also wrongly.
final class LocalServer: Sendable {
  struct Request: Sendable {
    let method: String
    /// Path and query.
    let target: String
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]
  }

  enum Reply: Sendable {
    /// These bytes, and the connection stays open.
    case raw([UInt8])
    /// These bytes, then the connection is closed.
    case rawThenClose([UInt8])
    case silence

    static func answer(
      _ status: Int, _ headers: [String: String] = [:], _ body: [UInt8] = []
    ) -> Reply {
      var head = "HTTP/1.1 \(status) X\r\n"
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      if headers["content-length"] == nil { head += "content-length: \(body.count)\r\n" }
      return .raw(Array((head + "\r\n").utf8) + body)
    }

    /// S3's error document.
    static func refusal(_ status: Int, _ code: String, _ more: String = "") -> Reply {
      answer(
        status, ["x-amz-request-id": "R1"],
        Array("<Error><Code>\(code)</Code><Message>why</Message>\(more)</Error>".utf8))
    }
  }

  private let seen = Mutex<[Request]>([])
  private let channel: any Channel

  var requests: [Request] { seen.withLock { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }
  var url: String { "http://127.0.0.1:\(port)" }

  private init(channel: any Channel) { self.channel = channel }

  /// Calls `body` with a server that lives as long as it runs.
  static func use(
    _ reply: @escaping @Sendable (Request) -> Reply,
    _ body: (LocalServer) async throws -> Void
  ) async throws {
    let box = Mutex<LocalServer?>(nil)
    let log: @Sendable (Request) -> Void = { request in
      box.withLock { $0 }?.seen.withLock { $0.append(request) }
    }
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(reply: reply, log: log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = LocalServer(channel: channel)
    box.withLock { $0 = server }
    do {
      try await body(server)
    } catch {
      try? await channel.close()
      throw error
    }
    try? await channel.close()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: @Sendable (Request) -> Reply
    private let log: @Sendable (Request) -> Void
    private var received: [UInt8] = []

    init(
      reply: @escaping @Sendable (Request) -> Reply, log: @escaping @Sendable (Request) -> Void
    ) {
      self.reply = reply
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
      while let request = next() {
        log(request)
        switch reply(request) {
        case .raw(let bytes):
          context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .rawThenClose(let bytes):
          context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
          context.close(promise: nil)
          return
        case .silence: break
        }
      }
    }

    private func next() -> Request? {
      let end = Array("\r\n\r\n".utf8)
      guard let headEnd = received.indices.first(where: { received[$0...].starts(with: end) })
      else { return nil }
      let lines = String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n")
      let words = lines.first?.split(separator: " ") ?? []
      guard words.count == 3 else { return nil }
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
      }
      let length = headers["content-length"].flatMap { Int($0) } ?? 0
      let bodyStart = headEnd + end.count
      guard received.count >= bodyStart + length else { return nil }
      let body = Array(received[bodyStart..<(bodyStart + length)])
      received.removeFirst(bodyStart + length)
      return Request(
        method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }
  }
}
