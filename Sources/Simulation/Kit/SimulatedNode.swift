package import Model

/// One server (or client) of a simulation: every job of its tasks is handed to the scheduler, which picks
/// the moment it runs.
///
/// Pass it wherever the code under test wants an executor of its own (`withTaskExecutorPreference`).
package final class SimulatedNode: TaskExecutor, SerialExecutor {
  package let scheduler: SimulationScheduler
  /// Unique: a node with the name of an earlier one gets `#2` behind it.
  package let name: String
  /// Random numbers for the code under test, a stream of this node's own.
  package let random: any RandomSource
  let index: Int

  init(scheduler: SimulationScheduler, name: String, index: Int, random: any RandomSource) {
    self.scheduler = scheduler
    self.name = name
    self.index = index
    self.random = random
  }

  package var clock: SimulatedClock { SimulatedClock(node: self) }

  package var isAlive: Bool { scheduler.isAlive(self) }

  package func enqueue(_ job: consuming ExecutorJob) {
    scheduler.enqueue(UnownedJob(job), on: self)
  }
}
