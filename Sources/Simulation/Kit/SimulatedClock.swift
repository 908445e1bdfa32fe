import Model

/// A node's own clock: virtual time, which goes on only when no job is ready.
package struct SimulatedClock: ServerClock {
  let node: SimulatedNode

  package func now() -> Duration { node.scheduler.clockTime(of: node) }

  package func sleep(for duration: Duration) async throws {
    let scheduler = node.scheduler
    let id = scheduler.newID()
    // One thread runs everything, so nothing comes between the check for cancellation and the parking.
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation {
        (continuation: UnsafeContinuation<Void, any Error>) in
        guard !Task.isCancelled, !scheduler.isTornDown else {
          return continuation.resume(throwing: CancellationError())
        }
        scheduler.addTimer(
          id: id, node: node, after: duration,
          fire: { continuation.resume() },
          cancel: { continuation.resume(throwing: CancellationError()) })
      }
    } onCancel: {
      scheduler.cancelTimer(id)
    }
  }
}
