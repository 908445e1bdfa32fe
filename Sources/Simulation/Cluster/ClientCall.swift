package import Engine
import Synchronization

/// How a request ended for the client that sent it.
package enum CallResult<Answer: Sendable>: Sendable {
  case answered(Answer)
  /// The server says that it was not applied.
  case refused(EngineError)
  /// The server does not know, or never answered.
  case unknown
}

extension SimulatedServer {
  /// Sends a request from another node: it runs on the server's node and dies with it, and the client waits no
  /// longer than `timeout`.
  package func call<Answer: Sendable>(
    in simulation: SimulationScheduler, timeout: Duration = .seconds(60),
    _ body: @escaping @Sendable (Engine) async throws(EngineError) -> Answer
  ) async -> CallResult<Answer> {
    await withCheckedContinuation { continuation in
      let mailbox = Mailbox(continuation)
      simulation.spawn(on: node) {
        do throws(EngineError) {
          mailbox.deliver(.answered(try await body(engine)))
        } catch {
          if case .outcomeUnknown = error {
            mailbox.deliver(.unknown)
          } else {
            mailbox.deliver(.refused(error))
          }
        }
      }
      simulation.schedule(after: timeout) { mailbox.deliver(.unknown) }
    }
  }
}

/// Passes on the first result and drops the rest.
private final class Mailbox<Answer: Sendable>: Sendable {
  private let waiting: Mutex<CheckedContinuation<CallResult<Answer>, Never>?>

  init(_ continuation: CheckedContinuation<CallResult<Answer>, Never>) {
    waiting = Mutex(continuation)
  }

  func deliver(_ result: CallResult<Answer>) {
    waiting.withLock { waiting in
      let continuation = waiting
      waiting = nil
      return continuation
    }?.resume(returning: result)
  }
}
