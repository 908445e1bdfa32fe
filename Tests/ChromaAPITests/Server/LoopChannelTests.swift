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

  @Test("records that are long are read where long work is done", arguments: ["short", "long"])
  func readsLongRecords(id: Text) async throws {
    try await withRecords { engine, address in
      let executor = CountingExecutor()
      let request = GetRequest(
        selection: RecordSelection(ids: [id], filter: nil), fields: .documents)
      try await LongWork.$executor.withValue(executor) {
        let found = try await engine.get(request, from: address, options: ReadOptions())
        #expect(found.records.count == 1)
      }
      #expect((executor.count.load(ordering: .relaxed) > 0) == (id == "long"))
    }
  }

  @Test("an answer with long records is not written on the loop")
  func writesLongAnswers() async throws {
    try await withRecords { engine, address in
      let short = try await returns(#"{"ids": ["short"]}"#, to: "get", engine, address)
      let long = try await returns(#"{"ids": ["long"]}"#, to: "get", engine, address)
      // It leaves, and comes back.
      #expect(long == short + 1)
    }
  }

  @Test(
    "a filter that is null is none, and nothing to leave the loop for",
    arguments: [
      ("get", #""ids": ["short"]"#), ("query", #""query_embeddings": [[0, 0]], "n_results": 1"#),
    ])
  func nullFilters(route: String, fields: String) async throws {
    try await withRecords { engine, address in
      let plain = try await returns("{\(fields)}", to: route, engine, address)
      let nulls = try await returns(
        #"{\#(fields), "where": null, "where_document": null}"#, to: route, engine, address)
      #expect(nulls == plain)
    }
  }

  /// How often the task of a request came to its executor.
  private func returns(
    _ body: String, to route: String, _ engine: Engine, _ address: CollectionAddress
  ) async throws -> Int {
    let responder = Responder(
      handlers: Handlers(engine: engine, configuration: APIConfiguration(version: "0")),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let request = Request(
      head: HTTPRequest(
        method: .post, scheme: "http", authority: "x",
        path: "/api/v2/tenants/\(address.tenant)/databases/\(address.database)/collections/"
          + "\(address.id)/\(route)",
        headerFields: [.contentLength: "\(body.utf8.count)"]),
      body: RequestBody(buffer: ByteBuffer(string: body)))
    let executor = CountingExecutor()
    let status = try await withTaskExecutorPreference(executor) {
      await Task.yield()
      return try await responder.respond(to: request, context: CallContext()).status
    }
    #expect(status == .ok)
    return executor.count.load(ordering: .relaxed)
  }
}

/// An engine whose collection has a record with a short document and one with a long one.
private func withRecords(
  _ body: @Sendable (Engine, CollectionAddress) async throws -> Void
) async throws {
  let engine = Engine(
    configuration: EngineConfiguration(prefix: "", probesStore: false),
    store: MemoryStore(now: { StoreTime(millisecondsSince1970: 0) }), clock: SystemServerClock(),
    random: SeededRandomSource(seed: 1),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  try await withThrowingTaskGroup { group in
    group.addTask { try await engine.run() }
    let id = try await engine.createCollection(
      CollectionDefinition(name: "c", metadata: nil, distance: .l2, configuration: "{}"),
      tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: false
    ).id
    let address = CollectionAddress(
      tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
    _ = try await engine.add(
      RecordBatch(
        ids: ["short", "long"],
        embeddings: EmbeddingColumn(dimension: 2, components: [0, 1, 2, 3]),
        documents: ["a", Text(String(repeating: "b", count: LongWork.bytesMin))]),
      to: address)
    try await body(engine, address)
    group.cancelAll()
    do { for try await _ in group {} } catch is CancellationError {}
  }
}

/// Runs tasks on an event loop, and counts how often.
private final class CountingExecutor: TaskExecutor {
  let count = Atomic(0)
  private let loop = MultiThreadedEventLoopGroup.singleton.next()

  func enqueue(_ job: consuming ExecutorJob) {
    count.wrappingAdd(1, ordering: .relaxed)
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    loop.execute { job.runSynchronously(on: executor) }
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
