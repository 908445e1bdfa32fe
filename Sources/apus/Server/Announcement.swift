import Engine
import Model
import ServiceLifecycle

/// Says once, when the server listens and the catalog is read, where it is and where the data are.
struct Announcement: Service {
  private let engine: Engine
  private let clock: any ServerClock
  private let host: String
  private let store: String
  private let ports: AsyncStream<Int>
  private let bound: AsyncStream<Int>.Continuation

  init(engine: Engine, clock: any ServerClock, host: String, store: String) {
    self.engine = engine
    self.clock = clock
    self.host = host
    self.store = store
    (ports, bound) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// To be called when the port is bound.
  var listening: @Sendable (Int) async -> Void {
    { [bound] port in
      bound.yield(port)
      bound.finish()
    }
  }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await announce() }
    } catch is CancellationError {
      return
    }
  }

  private func announce() async throws {
    guard let port = await ports.first(where: { _ in true }) else { return }
    while engine.readiness != .ready { try await clock.sleep(for: .milliseconds(20)) }
    let name = host.contains(":") ? "[\(host)]" : host
    Console.say("ready on http://\(name):\(port); \(store)")
  }
}
