import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `Expect: 100-continue` as soon as the head of the request is read, unless the body is certain to
/// be refused; and closes the connection after an answer that says so.
///
/// Hummingbird does neither, and clients that ask (curl from 1 MB on, many S3 and HTTP libraries) then wait
/// a second before they send the body.
final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let bodyBytesMax: Int
  private var isLastAnswer = false

  init(bodyBytesMax: Int) {
    self.bodyBytesMax = bodyBytesMax
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data), Expectation.isThere(head.headerFields),
      !Expectation.isHopeless(head.headerFields, bodyBytesMax)
    {
      let response = HTTPResponse(status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      isLastAnswer = head.headerFields[.connection] == "close"
      context.write(data, promise: promise)
    case .end where isLastAnswer:
      context.writeAndFlush(data, promise: promise)
      context.close(promise: nil)
    default:
      context.write(data, promise: promise)
    }
  }
}

/// What `Expect: 100-continue` asks: whether the body is worth sending.
enum Expectation {
  static func isThere(_ headers: HTTPFields) -> Bool {
    headers[.expect]?.lowercased() == "100-continue"
  }

  /// Whether a client waits with a body that no route would take.
  static func isHopeless(_ headers: HTTPFields, _ bodyBytesMax: Int) -> Bool {
    guard isThere(headers), let length = headers[.contentLength] else { return false }
    return Int(length).map { $0 > bodyBytesMax } ?? true
  }
}
