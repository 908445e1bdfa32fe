import Model
import Simulation
import Synchronization
import Testing

@Suite("kill and pause")
struct KillAndPauseTests {
  /// Counts once a second of the node's own clock.
  private func ticking(
    _ node: SimulatedNode, _ ticks: @escaping @Sendable () -> Void
  ) -> @Sendable () async throws -> Void {
    {
      while true {
        try await node.clock.sleep(for: .seconds(1))
        ticks()
      }
    }
  }

  @Test("a killed node does nothing any more, the others go on")
  func kill() throws {
    let simulation = SimulationScheduler(seed: 1)
    defer { simulation.tearDown() }
    let (a, b) = (simulation.node("a"), simulation.node("b"))
    let ticks = Mutex<[String: Int]>([:])
    for node in [a, b] {
      simulation.spawn(
        on: node, ticking(node) { ticks.withLock { $0[node.name, default: 0] += 1 } })
    }
    try simulation.run(until: .milliseconds(5_500))
    simulation.kill(a)
    #expect(!a.isAlive)
    try simulation.run(until: .milliseconds(9_500))
    #expect(ticks.withLock { $0 } == ["a": 5, "b": 9])
    #expect(simulation.node("a").name == "a#2")
  }

  @Test("only killed nodes' timers left: time does not go on for them")
  func killedTimers() throws {
    let simulation = SimulationScheduler(seed: 2)
    defer { simulation.tearDown() }
    let node = simulation.node("a")
    simulation.spawn(on: node) { try await node.clock.sleep(for: .seconds(9)) }
    try simulation.run(until: .seconds(1))
    simulation.kill(node)
    let failure = #expect(throws: SimulationFailure.self) {
      try simulation.run(within: .seconds(100)) { false }
    }
    #expect(failure?.code == .stuck)
    #expect(simulation.now == .seconds(1))
    #expect(simulation.lastEvents.map(\.what) == ["killed"])
  }

  @Test("a node killed by another does not even run what was ready", arguments: [true, false])
  func readyJobs(kills: Bool) throws {
    let simulation = SimulationScheduler(seed: 6)
    defer { simulation.tearDown() }
    let (victim, other) = (simulation.node("victim"), simulation.node("other"))
    let steps = Mutex(0)
    let stepsBefore = Mutex(0)
    simulation.spawn(on: victim) {
      for _ in 0..<100 {
        steps.withLock { $0 += 1 }
        await Task.yield()
      }
    }
    simulation.spawn(on: other) {
      for _ in 0..<10 { await Task.yield() }
      if kills {
        simulation.kill(victim)
      } else {
        simulation.pause(victim, for: .seconds(10))
      }
      stepsBefore.withLock { $0 = steps.withLock { $0 } }
    }
    try simulation.run(until: .seconds(9))
    #expect((1..<100).contains(stepsBefore.withLock { $0 }))
    #expect(steps.withLock { $0 } == stepsBefore.withLock { $0 })
    try simulation.run(until: .seconds(10))
    #expect(steps.withLock { $0 } == (kills ? stepsBefore.withLock { $0 } : 100))
  }

  @Test("a kill after so many jobs strikes between any two steps", arguments: 1..<8)
  func killAfterJobs(count: Int) throws {
    let simulation = SimulationScheduler(seed: 3)
    defer { simulation.tearDown() }
    let node = simulation.node("a")
    let steps = Mutex(0)
    simulation.spawn(on: node) {
      for _ in 0..<20 {
        steps.withLock { $0 += 1 }
        try await node.clock.sleep(for: .seconds(1))
      }
    }
    simulation.kill(node, afterJobs: count)
    try simulation.runToEnd()
    #expect(steps.withLock { $0 } == count)
  }

  @Test("a paused node stands still while its clock goes on")
  func pause() throws {
    let simulation = SimulationScheduler(seed: 4)
    defer { simulation.tearDown() }
    let node = simulation.node("a")
    let seen = Mutex<[Duration]>([])
    simulation.spawn(on: node, ticking(node) { seen.withLock { $0.append(node.clock.now()) } })
    try simulation.run(until: .milliseconds(2_500))
    simulation.pause(node, for: .seconds(10))
    // A shorter pause inside does not cut it short.
    simulation.pause(node, for: .seconds(1))
    try simulation.run(until: .seconds(14))
    let expected: [Duration] = [.seconds(1), .seconds(2), .milliseconds(12_500)]
    #expect(seen.withLock { $0 } == expected + [.milliseconds(13_500)])
  }

  @Test("a node paused together with its clock notices nothing")
  func pauseWithClock() throws {
    let simulation = SimulationScheduler(seed: 5)
    defer { simulation.tearDown() }
    let node = simulation.node("a")
    let seen = Mutex<[Duration]>([])
    let at = Mutex<[Duration]>([])
    simulation.spawn(
      on: node,
      ticking(node) {
        seen.withLock { $0.append(node.clock.now()) }
        at.withLock { $0.append(simulation.now) }
      })
    try simulation.run(until: .milliseconds(1_500))
    simulation.pause(node, for: .seconds(10), stopsClock: true)
    try simulation.run(for: .seconds(5))
    #expect(node.clock.now() == .milliseconds(1_500))
    // Made longer from 11.5 s to 16.5 s.
    simulation.pause(node, for: .seconds(10), stopsClock: true)
    try simulation.run(until: .seconds(18))
    #expect(seen.withLock { $0 } == [.seconds(1), .seconds(2), .seconds(3)])
    #expect(at.withLock { $0 } == [.seconds(1), .seconds(17), .seconds(18)])
  }
}
