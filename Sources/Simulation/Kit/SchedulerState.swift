import Model

/// The scheduler's whole state, behind its mutex. Nothing in here calls back into the scheduler.
struct SchedulerState {
  struct Job {
    let job: UnownedJob
    let node: SimulatedNode
  }

  struct Node {
    let name: String
    var isAlive = true
    var pausedUntil: Duration?
    /// Set while the node is paused together with its own clock.
    var clockStoppedAt: Duration?
    var clockOffset: Duration
    var jobCount = 0
    /// Dies when `jobCount` reaches it.
    var lastJob: Int?
    var unfinishedTasks = 0
    /// Jobs of a paused node, in the order they came.
    var waiting: [Job] = []
  }

  var now: Duration = .zero
  var nodes: [Node] = []
  var ready: [Job] = []
  /// Jobs of killed nodes, kept so that tearing down can let their tasks end.
  var buried: [Job] = []
  var events = EventQueue()
  var trace: Trace
  var tasks: [UInt64: Task<Void, Never>] = [:]
  var lastID: UInt64 = 0
  /// Of living nodes.
  var unfinishedTasks = 0
  var jobCount = 0
  var jobsAtThisMoment = 0
  var failure: SimulationFailure?
  var isTornDown = false
  /// The thread that is running jobs; nil between runs.
  var runningThread: UInt?

  init(logCapacity: Int) { trace = Trace(capacity: logCapacity) }

  mutating func newID() -> UInt64 {
    lastID += 1
    return lastID
  }

  mutating func enqueue(_ job: Job) {
    let node = job.node.index
    if isTornDown {
      ready.append(job)
    } else if !nodes[node].isAlive {
      buried.append(job)
    } else if nodes[node].pausedUntil != nil {
      nodes[node].waiting.append(job)
    } else {
      ready.append(job)
    }
  }

  mutating func taskStarted(on node: Int) {
    nodes[node].unfinishedTasks += 1
    if nodes[node].isAlive { unfinishedTasks += 1 }
  }

  mutating func taskFinished(on node: Int) {
    nodes[node].unfinishedTasks -= 1
    if nodes[node].isAlive { unfinishedTasks -= 1 }
  }

  mutating func kill(_ node: Int) {
    guard nodes[node].isAlive else { return }
    note(node: node, "killed", "")
    nodes[node].isAlive = false
    unfinishedTasks -= nodes[node].unfinishedTasks
    buried += nodes[node].waiting
    nodes[node].waiting = []
    buried += ready.filter { $0.node.index == node }
    ready.removeAll { $0.node.index == node }
    events.bury(node: node)
  }

  mutating func pause(_ node: Int, for duration: Duration, stopsClock: Bool) {
    guard nodes[node].isAlive else { return }
    note(node: node, stopsClock ? "paused with its clock for" : "paused for", "\(duration)")
    let until = max(nodes[node].pausedUntil ?? now, now + duration)
    if stopsClock {
      let stoppedUntil = nodes[node].clockStoppedAt == nil ? nil : nodes[node].pausedUntil
      events.shift(node: node, by: until - (stoppedUntil ?? now))
      nodes[node].clockStoppedAt = nodes[node].clockStoppedAt ?? now
    }
    nodes[node].pausedUntil = until
    nodes[node].waiting += ready.filter { $0.node.index == node }
    ready.removeAll { $0.node.index == node }
  }

  /// Ends the node's pause if it is over by now.
  mutating func endPause(_ node: Int) {
    guard nodes[node].isAlive, let until = nodes[node].pausedUntil, until <= now else { return }
    note(node: node, "goes on", "")
    if let stopped = nodes[node].clockStoppedAt {
      nodes[node].clockOffset -= now - stopped
      nodes[node].clockStoppedAt = nil
    }
    nodes[node].pausedUntil = nil
    ready += nodes[node].waiting
    nodes[node].waiting = []
  }

  func clockTime(of node: Int) -> Duration {
    (nodes[node].clockStoppedAt ?? now) + nodes[node].clockOffset
  }

  mutating func note(node: Int?, _ what: String, _ subject: String) {
    let name = node.map { nodes[$0].name } ?? "-"
    trace.add(UInt64(1 + (node ?? -1)))
    trace.add(TraceEvent(time: now, node: name, what: what, subject: subject))
  }

  /// Takes the job at `index` of `ready` (the order there does not matter) and counts it.
  mutating func takeJob(at index: Int) -> Job {
    ready.swapAt(index, ready.count - 1)
    let job = ready.removeLast()
    let node = job.node.index
    jobCount += 1
    jobsAtThisMoment += 1
    nodes[node].jobCount += 1
    trace.add(UInt64(node))
    trace.add(UInt64(nodes[node].jobCount))
    trace.add(now.nanoseconds)
    return job
  }

  /// Who is still waiting for something, for the message of a failure.
  var summary: String {
    let parts = nodes.filter { $0.unfinishedTasks > 0 || !$0.isAlive }.map { node in
      let condition = !node.isAlive ? " (killed)" : node.pausedUntil == nil ? "" : " (paused)"
      return "\(node.name)\(condition) has \(node.unfinishedTasks) unfinished tasks"
    }
    return parts.isEmpty ? "all tasks have finished" : parts.joined(separator: ", ")
  }
}
