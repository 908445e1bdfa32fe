import Synchronization

extension SimulationScheduler {
  func isAlive(_ node: SimulatedNode) -> Bool {
    state.withLock { $0.nodes[node.index].isAlive }
  }

  /// Stops the node for ever, as SIGKILL does: none of its jobs runs any more and no timer of it fires.
  ///
  /// Requests that it has sent may still reach the store. Called from one of the node's own jobs, it takes
  /// effect where that job suspends.
  package func kill(_ node: SimulatedNode) {
    state.withLock { $0.kill(node.index) }
  }

  /// Kills the node after so many more of its jobs: a crash between any two steps.
  package func kill(_ node: SimulatedNode, afterJobs count: Int) {
    guard count > 0 else { return kill(node) }
    state.withLock { state in
      state.nodes[node.index].lastJob = state.nodes[node.index].jobCount + count
    }
  }

  /// Lets none of the node's jobs run for a stretch of virtual time; a longer pause is not cut short.
  ///
  /// Its clock goes on, as `CLOCK_BOOTTIME` does over a suspended machine; with `stopsClock` it stands still,
  /// as over the pause of a virtual machine, and its timers are put off.
  package func pause(_ node: SimulatedNode, for duration: Duration, stopsClock: Bool = false) {
    state.withLock { $0.pause(node.index, for: duration, stopsClock: stopsClock) }
    schedule(after: duration) { [weak self] in
      self?.state.withLock { $0.endPause(node.index) }
    }
  }
}
