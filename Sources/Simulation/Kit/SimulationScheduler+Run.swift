import Model
import Synchronization

extension SimulationScheduler {
  /// More jobs than this without virtual time going on count as a livelock.
  private static let maxJobsPerMoment = 1_000_000

  /// Runs until virtual time has reached `deadline`; it gets there even if nothing is left to do.
  package func run(until deadline: Duration) throws(SimulationFailure) {
    try onThisThread { () throws(SimulationFailure) in
      while try step(deadline: deadline) == .ran {}
    }
    state.withLock { $0.now = max($0.now, deadline) }
  }

  /// Runs for a stretch of virtual time.
  package func run(for duration: Duration) throws(SimulationFailure) {
    try run(until: now + duration)
  }

  /// Runs until `condition` holds, which is asked after every job.
  ///
  /// Throws if it does not hold within `limit` of virtual time, or can no longer come to hold because nothing
  /// is left to do (or because code under test waits for something outside the simulation).
  package func run(
    within limit: Duration, until condition: () -> Bool
  ) throws(SimulationFailure) {
    let deadline = now + limit
    try onThisThread { () throws(SimulationFailure) in
      while !condition() {
        switch try step(deadline: deadline) {
        case .ran: continue
        case .idle:
          let (time, summary) = state.withLock { ($0.now, $0.summary) }
          throw SimulationFailure(.stuck, "stuck at \(time): nothing is left to do, \(summary)")
        case .deadline:
          let summary = state.withLock { $0.summary }
          throw SimulationFailure(
            .timeLimit, "not done within \(limit) of virtual time: \(summary)")
        }
      }
    }
  }

  /// Runs `body` as a task of the node and until it has finished, and gives what it returned.
  package func value<Value: Sendable>(
    on node: SimulatedNode, within limit: Duration = .seconds(86_400),
    _ body: @escaping @Sendable () async throws -> Value
  ) throws(SimulationFailure) -> Value {
    let result = Mutex<Value?>(nil)
    let task = spawn(on: node) {
      let value = try await body()
      result.withLock { $0 = value }
    }
    try run(within: limit) { task.isFinished }
    guard let value = result.withLock({ $0 }) else {
      throw SimulationFailure(.taskFailed, "a task of \(node.name) was cancelled")
    }
    return value
  }

  /// Runs until every task of every living node has finished.
  package func runToEnd(within limit: Duration = .seconds(86_400)) throws(SimulationFailure) {
    try run(within: limit) {
      state.withLock { $0.unfinishedTasks == 0 }
    }
  }

  /// Ends the simulation: cancels all tasks, also those of killed nodes, and lets them run to their end, so
  /// that they give their memory back. Whatever they wait for fails at once.
  ///
  /// Without it a simulation works as well, but leaks its unfinished tasks and all that they hold.
  package func tearDown() {
    let (tasks, events) = state.withLock { state in
      state.isTornDown = true
      for node in state.nodes.indices {
        state.ready += state.nodes[node].waiting
        state.nodes[node].waiting = []
      }
      state.ready += state.buried
      state.buried = []
      return (state.tasks.sorted { $0.key < $1.key }.map(\.value), state.events.removeAll())
    }
    for task in tasks { task.cancel() }
    for event in events { event.cancel?() }
    onThisThread {
      var jobs = 0
      while jobs < Self.maxJobsPerMoment, let job = state.withLock({ $0.ready.popLast() }) {
        run(job)
        jobs += 1
      }
    }
    state.withLock { state in
      state.ready = []
      state.tasks = [:]
    }
  }

  private enum Step { case ran, idle, deadline }

  private enum Action {
    case job(SchedulerState.Job)
    case event(EventQueue.Event)
    case idle
    case deadline
    case fail(SimulationFailure)
  }

  /// Runs one job, or lets one event happen. Events of this moment come before its jobs, and only when
  /// nothing of this moment is left does time go on.
  private func step(deadline: Duration) throws(SimulationFailure) -> Step {
    switch state.withLock({ nextAction(&$0, deadline: deadline) }) {
    case .job(let job): run(job)
    case .event(let event): event.fire()
    case .idle: return .idle
    case .deadline: return .deadline
    case .fail(let failure): throw failure
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return .ran
  }

  private func nextAction(_ state: inout SchedulerState, deadline: Duration) -> Action {
    if let failure = state.failure { return .fail(failure) }
    let earliest = state.events.earliest()
    if let earliest, earliest <= state.now, let event = state.events.popEarliest() {
      return .event(event)
    }
    if !state.ready.isEmpty {
      guard state.jobsAtThisMoment < Self.maxJobsPerMoment else {
        return .fail(
          SimulationFailure(
            .livelock, "\(state.jobsAtThisMoment) jobs ran at \(state.now): \(state.summary)"))
      }
      let index = Int(scheduling.next(below: UInt64(state.ready.count)))
      return .job(state.takeJob(at: index))
    }
    guard let earliest else { return .idle }
    guard earliest <= deadline, let event = state.events.popEarliest() else {
      state.now = max(state.now, deadline)
      return .deadline
    }
    state.now = earliest
    state.jobsAtThisMoment = 0
    return .event(event)
  }

  private func run(_ job: SchedulerState.Job) {
    job.job.runSynchronously(on: job.node.asUnownedTaskExecutor())
    state.withLock { state in
      let node = job.node.index
      if let last = state.nodes[node].lastJob, state.nodes[node].jobCount >= last {
        state.kill(node)
      }
    }
  }

  /// Marks this thread as the one that runs jobs, so that jobs from other threads are noticed.
  private func onThisThread<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    state.withLock { state in
      precondition(
        state.runningThread == nil, "a simulation cannot be run from one of its own jobs")
      state.runningThread = currentThreadID()
    }
    defer { state.withLock { $0.runningThread = nil } }
    try body()
  }
}
