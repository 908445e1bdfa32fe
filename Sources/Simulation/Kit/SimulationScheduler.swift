package import Model
import Synchronization

/// Runs many servers in one thread, in virtual time, in an order that a seed decides.
///
/// Everything that the code under test does through tasks, actors, task groups, continuations, streams, the
/// injected clock, random source and store happens again in the same way for the same seed. What escapes it:
/// `Task.sleep`, other threads, and code that iterates over a `Dictionary` or `Set` (their order differs
/// from process to process: sort, or set `SWIFT_DETERMINISTIC_HASHING=1`).
///
/// A job (the code between two suspensions) takes no virtual time; among all jobs that are ready the seed
/// picks the next, also among those of one node, as on a server with several threads.
package final class SimulationScheduler: Sendable {
  package let seed: UInt64
  /// Random numbers for the scenario itself.
  package let random: any RandomSource
  let scheduling: any RandomSource
  /// Random numbers for the store's faults.
  let faults: any RandomSource
  let state: Mutex<SchedulerState>

  /// `logCapacity` is the number of events that `lastEvents` keeps.
  package init(seed: UInt64, logCapacity: Int = 200) {
    self.seed = seed
    random = Self.stream(seed: seed, name: "scenario")
    scheduling = Self.stream(seed: seed, name: "scheduling")
    faults = Self.stream(seed: seed, name: "faults")
    state = Mutex(SchedulerState(logCapacity: logCapacity))
  }

  /// An independent stream of random numbers; the same seed and name give the same one.
  static func stream(seed: UInt64, name: String) -> any RandomSource {
    SeededRandomSource(seed: SeededRandomSource(seed: seed).next() ^ stableHash(name))
  }

  /// Virtual time since the simulation began.
  package var now: Duration { state.withLock { $0.now } }
  /// A hash of every job, its node and its time, and of all events of nodes and stores.
  package var traceHash: UInt64 { state.withLock { $0.trace.hash } }
  /// The last events of nodes and stores, oldest first.
  package var lastEvents: [TraceEvent] { state.withLock { $0.trace.lastEvents } }
  /// Jobs that ran so far.
  package var jobCount: Int { state.withLock { $0.jobCount } }
  var isTornDown: Bool { state.withLock { $0.isTornDown } }

  /// A new node. A server that starts again after a kill is a new node too.
  ///
  /// `clockOffset` is what the node's own clock shows at the beginning of virtual time.
  package func node(_ name: String, clockOffset: Duration = .zero) -> SimulatedNode {
    let (index, unique) = state.withLock { state in
      let earlier = state.nodes.count { $0.name == name || $0.name.hasPrefix(name + "#") }
      let unique = earlier == 0 ? name : "\(name)#\(earlier + 1)"
      state.nodes.append(SchedulerState.Node(name: unique, clockOffset: clockOffset))
      return (state.nodes.count - 1, unique)
    }
    let random = Self.stream(seed: seed, name: "node " + unique)
    return SimulatedNode(scheduler: self, name: unique, index: index, random: random)
  }

  /// Starts a task on the node; it first runs inside one of the `run` functions.
  ///
  /// An error that it throws ends the run, unless the task had been cancelled.
  @discardableResult
  package func spawn(
    on node: SimulatedNode, _ body: @escaping @Sendable () async throws -> Void
  ) -> SimulatedTask {
    let id = state.withLock { state in
      state.taskStarted(on: node.index)
      return state.newID()
    }
    let task = Task(executorPreference: node, priority: .medium) { [weak self] in
      do {
        try await body()
        self?.finished(id, on: node, error: nil)
      } catch {
        self?.finished(id, on: node, error: Task.isCancelled ? nil : error)
      }
    }
    state.withLock { $0.tasks[id] = task }
    return SimulatedTask(scheduler: self, id: id)
  }

  private func finished(_ id: UInt64, on node: SimulatedNode, error: (any Error)?) {
    state.withLock { state in
      state.tasks[id] = nil
      state.taskFinished(on: node.index)
      guard let error, state.failure == nil, !state.isTornDown else { return }
      state.failure = SimulationFailure(
        .taskFailed, "a task of \(node.name) failed at \(state.now): \(error)")
    }
  }

  /// Calls `action` after a stretch of virtual time, on no node: it must not wait for anything.
  package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) {
    let tieBreak = scheduling.next()
    state.withLock { state in
      guard !state.isTornDown else { return }
      let event = EventQueue.Event(node: nil, fire: action, cancel: nil)
      let time = state.now + max(delay, .zero)
      state.events.insert(event, id: state.newID(), at: time, tieBreak: tieBreak)
    }
  }

  /// Writes a line into the trace (and so into its hash).
  package func note(_ what: String, _ subject: String = "", node: SimulatedNode? = nil) {
    state.withLock { $0.note(node: node?.index, what, subject) }
  }

  func enqueue(_ job: UnownedJob, on node: SimulatedNode) {
    let thread = currentThreadID()
    state.withLock { state in
      if let running = state.runningThread, running != thread, state.failure == nil {
        state.failure = SimulationFailure(
          .leftSimulation, "a job for \(node.name) came from a thread outside the simulation")
      }
      state.enqueue(SchedulerState.Job(job: job, node: node))
    }
  }

  func newID() -> UInt64 { state.withLock { $0.newID() } }

  func clockTime(of node: SimulatedNode) -> Duration {
    state.withLock { $0.clockTime(of: node.index) }
  }

  func addTimer(
    id: UInt64, node: SimulatedNode, after delay: Duration, fire: @escaping @Sendable () -> Void,
    cancel: @escaping @Sendable () -> Void
  ) {
    let tieBreak = scheduling.next()
    state.withLock { state in
      let event = EventQueue.Event(node: node.index, fire: fire, cancel: cancel)
      var time = state.now + max(delay, .zero)
      let owner = state.nodes[node.index]
      if owner.clockStoppedAt != nil, let until = owner.pausedUntil { time += until - state.now }
      state.events.insert(event, id: id, at: time, tieBreak: tieBreak)
      if !owner.isAlive { state.events.bury(node: node.index) }
    }
  }

  func cancelTimer(_ id: UInt64) {
    let event = state.withLock { $0.events.remove(id) }
    event?.cancel?()
  }
}

/// A task that `SimulationScheduler.spawn` started.
package struct SimulatedTask: Sendable {
  let scheduler: SimulationScheduler
  let id: UInt64

  package var isFinished: Bool { scheduler.state.withLock { $0.tasks[id] == nil } }

  package func cancel() {
    let task = scheduler.state.withLock { $0.tasks[id] }
    task?.cancel()
  }
}
