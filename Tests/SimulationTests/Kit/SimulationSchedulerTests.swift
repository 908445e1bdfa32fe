import Foundation
import Model
import Simulation
import Synchronization
import Testing

@Suite("the scheduler")
struct SimulationSchedulerTests {
  @Test("the same seed gives the same trace, and different seeds give different ones")
  func sameSeedSameTrace() throws {
    let seeds: [UInt64] = Array(0..<100)
    func traces() throws -> [UInt64] {
      try seeds.map { seed in
        let simulation = SimulationScheduler(seed: seed)
        defer { simulation.tearDown() }
        try Mixture.run(in: simulation)
        return simulation.traceHash
      }
    }
    let first = try traces()
    #expect(try traces() == first)
    #expect(Set(first).count == seeds.count)
  }

  @Test("virtual time takes no time of the wall")
  func virtualTime() throws {
    let simulation = SimulationScheduler(seed: 1)
    let node = simulation.node("a", clockOffset: .seconds(5))
    simulation.spawn(on: node) { try await node.clock.sleep(for: .seconds(86_400)) }
    let wall = try ContinuousClock().measure { try simulation.runToEnd() }
    #expect(simulation.now == .seconds(86_400))
    #expect(node.clock.now() == .seconds(86_405))
    #expect(wall < .seconds(60))
  }

  @Test("sleepers wake in the order of their times")
  func sleepersInOrder() throws {
    let simulation = SimulationScheduler(seed: 2)
    let node = simulation.node("a")
    let woken = Mutex<[Int]>([])
    for index in [5, 3, 9, 1, 7] {
      simulation.spawn(on: node) {
        try await node.clock.sleep(for: .milliseconds(index))
        woken.withLock { $0.append(index) }
        #expect(simulation.now == .milliseconds(index))
      }
    }
    try simulation.run(until: .milliseconds(5))
    #expect(woken.withLock { $0 } == [1, 3, 5])
    #expect(simulation.now == .milliseconds(5))
    try simulation.runToEnd()
    #expect(woken.withLock { $0 } == [1, 3, 5, 7, 9])
  }

  @Test("a cancelled sleep throws at once", arguments: 0..<20 as Range<UInt64>)
  func cancelledSleep(seed: UInt64) throws {
    let simulation = SimulationScheduler(seed: seed)
    let node = simulation.node("a")
    let end = Mutex<Duration?>(nil)
    let sleeper = simulation.spawn(on: node) {
      do {
        try await node.clock.sleep(for: .seconds(100))
      } catch is CancellationError {
        end.withLock { $0 = simulation.now }
      }
    }
    simulation.spawn(on: node) {
      try await node.clock.sleep(for: .seconds(3))
      sleeper.cancel()
    }
    try simulation.runToEnd()
    #expect(end.withLock { $0 } == .seconds(3))
    #expect(simulation.now == .seconds(3))
    #expect(sleeper.isFinished)
  }

  @Test("sleeping in a cancelled task throws at once")
  func sleepAfterCancellation() throws {
    let simulation = SimulationScheduler(seed: 4)
    let node = simulation.node("a")
    simulation.spawn(on: node) {
      await withTaskGroup(of: Void.self) { group in
        group.cancelAll()
        group.addTask {
          await #expect(throws: CancellationError.self) {
            try await node.clock.sleep(for: .seconds(1))
          }
        }
      }
    }
    try simulation.runToEnd()
    #expect(simulation.now == .zero)
  }

  @Test("waiting for what can no longer come is a failure that names who waits")
  func stuck() throws {
    let simulation = SimulationScheduler(seed: 5)
    defer { simulation.tearDown() }
    let node = simulation.node("lonely")
    let (stream, continuation) = AsyncStream<Int>.makeStream()
    simulation.spawn(on: node) { for await _ in stream {} }
    let failure = #expect(throws: SimulationFailure.self) { try simulation.runToEnd() }
    #expect(failure?.code == .stuck)
    #expect(failure?.message.contains("lonely has 1 unfinished tasks") == true)
    continuation.finish()
  }

  @Test("a condition that does not come to hold in time is a failure")
  func timeLimit() throws {
    let simulation = SimulationScheduler(seed: 6)
    defer { simulation.tearDown() }
    let node = simulation.node("a")
    simulation.spawn(on: node) { while true { try await node.clock.sleep(for: .seconds(1)) } }
    let failure = #expect(throws: SimulationFailure.self) {
      try simulation.run(within: .seconds(10)) { false }
    }
    #expect(failure?.code == .timeLimit)
    #expect(simulation.now == .seconds(10))
  }

  @Test("a task that spins without time going on is a failure")
  func livelock() throws {
    let simulation = SimulationScheduler(seed: 7)
    let node = simulation.node("a")
    simulation.spawn(on: node) { while !Task.isCancelled { await Task.yield() } }
    let failure = #expect(throws: SimulationFailure.self) { try simulation.runToEnd() }
    #expect(failure?.code == .livelock)
    simulation.tearDown()
  }

  @Test("an error of a task ends the run")
  func taskFailure() throws {
    struct Broken: Error {}
    let simulation = SimulationScheduler(seed: 8)
    let node = simulation.node("a")
    simulation.spawn(on: node) { throw Broken() }
    let failure = #expect(throws: SimulationFailure.self) { try simulation.runToEnd() }
    #expect(failure?.code == .taskFailed)
  }

  @Test("tearing down lets unfinished tasks end, also those of killed nodes")
  func tearDown() throws {
    let simulation = SimulationScheduler(seed: 9)
    let nodes = [simulation.node("a"), simulation.node("b")]
    let ends = Mutex(0)
    for node in nodes {
      for _ in 0..<3 {
        simulation.spawn(on: node) {
          defer { ends.withLock { $0 += 1 } }
          while true { try await node.clock.sleep(for: .seconds(1)) }
        }
      }
    }
    try simulation.run(until: .seconds(5))
    simulation.kill(nodes[0])
    try simulation.run(until: .seconds(9))
    #expect(ends.withLock { $0 } == 0)
    simulation.tearDown()
    #expect(ends.withLock { $0 } == 6)
  }

  @Test("a simulation that was torn down is freed, with the tasks of its killed nodes")
  func freed() throws {
    weak var freedScheduler: SimulationScheduler?
    weak var freedBucket: SimulatedBucket?
    do {
      let simulation = SimulationScheduler(seed: 11)
      let bucket = SimulatedBucket(simulation)
      freedScheduler = simulation
      freedBucket = bucket
      for name in ["killed", "paused", "alive"] {
        let node = simulation.node(name)
        let store = bucket.store(for: node, .fixed(put: .seconds(3), get: .seconds(1)))
        simulation.spawn(on: node) {
          while true {
            _ = try await store.put("key", [1])
            try await node.clock.sleep(for: .seconds(1))
          }
        }
        try simulation.run(for: .milliseconds(700))
        if name == "killed" { simulation.kill(node) }
        if name == "paused" { simulation.pause(node, for: .seconds(60)) }
      }
      try simulation.run(for: .seconds(20))
      simulation.tearDown()
    }
    #expect(freedScheduler == nil)
    #expect(freedBucket == nil)
  }

  @Test("a job from a thread outside is a failure")
  func leftSimulation() throws {
    let simulation = SimulationScheduler(seed: 12)
    let node = simulation.node("a")
    simulation.spawn(on: node) { while true { try await node.clock.sleep(for: .seconds(1)) } }
    let suspended = Mutex<UnsafeContinuation<Void, Never>?>(nil)
    simulation.spawn(on: node) {
      await withUnsafeContinuation { continuation in suspended.withLock { $0 = continuation } }
    }
    simulation.spawn(on: node) {
      // By then the other one waits: a task that is resumed before it does so needs no job.
      try await node.clock.sleep(for: .seconds(1))
      let continuation = suspended.withLock { $0 }
      // A thread of its own: those of tasks may all be busy with other simulations.
      Thread.detachNewThread { continuation?.resume() }
    }
    let start = ContinuousClock().now
    let failure = #expect(throws: SimulationFailure.self) {
      try simulation.run(within: .seconds(10_000_000_000)) {
        start.duration(to: ContinuousClock().now) > .seconds(60)
      }
    }
    #expect(failure?.code == .leftSimulation)
    simulation.tearDown()
  }

  @Test("a simulation runs inside an asynchronous test and gives its task back")
  func insideAsyncTest() async throws {
    let before = withUnsafeCurrentTask { $0?.hashValue }
    try Mixture.run(in: SimulationScheduler(seed: 10))
    #expect(withUnsafeCurrentTask { $0?.hashValue } == before)
    await Task.yield()
  }
}

/// Every kind of concurrency that the code under test may use, mixed.
enum Mixture {
  actor Counter {
    private(set) var values: [Int] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func add(_ value: Int) {
      values.append(value)
      for waiter in waiters { waiter.resume() }
      waiters = []
    }

    func reach(_ count: Int) async {
      while values.count < count { await withCheckedContinuation { waiters.append($0) } }
    }
  }

  static func run(in simulation: SimulationScheduler) throws {
    let nodes = (0..<4).map { simulation.node("node \($0)") }
    let sums = Mutex<[Int]>([])
    for node in nodes {
      simulation.spawn(on: node) {
        let counter = Counter()
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
          for index in 0..<5 {
            group.addTask {
              let pause = node.random.next(below: 20)
              try await node.clock.sleep(for: .milliseconds(pause))
              await counter.add(index)
              continuation.yield(index)
              await counter.reach(5)
              return index
            }
          }
          group.addTask {
            var total = 0
            for await value in stream.prefix(5) { total += value }
            return total
          }
          return try await group.reduce(0, +)
        }
        sums.withLock { $0.append(sum) }
      }
    }
    try simulation.runToEnd(within: .seconds(60))
    #expect(sums.withLock { $0 } == [20, 20, 20, 20])
  }
}
