import HTTPTypes
import HummingbirdCore
import Logging
import Model
package import NIOCore
import NIOHTTPTypes

/// A connection whose requests are served on its own event loop, unless they ask for Swift's threads (`onSwiftThreads`):
/// for what takes microseconds, waking another thread and being woken by it costs more than the work.
struct LoopChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let base: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    base.setup(channel: channel, logger: logger)
  }

  func handle(value: Value, logger: Logger) async {
    await LongWork.$executor.withValue(globalConcurrentExecutor) {
      await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
        await base.handle(value: value, logger: logger)
      }
    }
  }
}

/// Runs tasks on an event loop.
package final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  package init(_ loop: any EventLoop) { self.loop = loop }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    // A loop that has ended runs nothing any more; its process is about to end.
    loop.execute { job.runSynchronously(on: executor) }
  }
}

/// Does what may take longer than other connections of the same event loop should wait.
package func onSwiftThreads<Value, Failure>(
  _ work: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(Failure) in
    // The preference holds from the first suspension on.
    await Task.yield()
    return try await work()
  }
}
