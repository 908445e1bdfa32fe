import ChromaAPI
import Engine
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore
import NIOPosix
import ObjectStore
import Synchronization
import Testing

/// Whether the code that calls this runs on an event loop.
private var isOnLoop: Bool { MultiThreadedEventLoopGroup.currentEventLoop != nil }

/// Which threads serve a connection.
@Suite("A connection's event loop") struct LoopChannelTests {
  @Test("a task that prefers the loop runs there, leaves it for long work and comes back")
  func leavesAndReturns() async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let places = await withTaskExecutorPreference(LoopExecutor(loop)) {
      let before = loop.inEventLoop
      let (away, awayLater) = await onSwiftThreads {
        let away = isOnLoop
        await Task.yield()
        return (away, isOnLoop)
      }
      await Task.yield()
      return [before, away, awayLater, loop.inEventLoop]
    }
    #expect(places == [true, false, false, true])
  }

  @Test(
    "only small bodies of what is short are read on the loop",
    arguments: [
      ("get", 100, true), ("query", 100, true), ("get", 100_000, false), ("query", 100_000, false),
      ("add", 100, false), ("delete", 100, false),
    ])
  func reading(route: String, bytes: Int, onLoop: Bool) async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let engine = Engine(
      configuration: EngineConfiguration(prefix: "", probesStore: false),
      store: MemoryStore(now: { StoreTime(millisecondsSince1970: 0) }),
      clock: SystemServerClock(), random: SeededRandomSource(seed: 1), logger: logger)
    let responder = Responder(
      handlers: Handlers(engine: engine, configuration: APIConfiguration(version: "0")),
      logger: logger)
    let body = NotingBody(bytes: bytes)
    let collection = "/api/v2/tenants/t/databases/d/collections/0"
    let request = Request(
      head: HTTPRequest(
        method: .post, scheme: "http", authority: "x", path: "\(collection)/\(route)",
        headerFields: [.contentType: "application/json", .contentLength: "\(bytes)"]),
      body: RequestBody(asyncSequence: body))
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    // No JSON: refused as soon as it was read.
    let status = try await withTaskExecutorPreference(LoopExecutor(loop)) {
      try await responder.respond(to: request, context: CallContext()).status
    }
    #expect(status == .badRequest)
    #expect(body.wasReadOnLoop.withLock { $0 } == onLoop)
  }
}

/// A body of spaces that notes where it is read.
private final class NotingBody: AsyncSequence, Sendable {
  let wasReadOnLoop = Mutex<Bool?>(nil)
  private let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  struct Iterator: AsyncIteratorProtocol {
    let body: NotingBody
    var isOver = false

    mutating func next() async throws -> ByteBuffer? {
      body.wasReadOnLoop.withLock { $0 = isOnLoop }
      defer { isOver = true }
      return isOver ? nil : ByteBuffer(repeating: 0x20, count: body.bytes)
    }
  }

  func makeAsyncIterator() -> Iterator { Iterator(body: self) }
}
