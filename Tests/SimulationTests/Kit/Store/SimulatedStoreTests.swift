import Model
import ObjectStore
import Simulation
import Synchronization
import Testing

@Suite("the simulated store")
struct SimulatedStoreTests {
  static let fixed = FaultProfile.fixed(put: .milliseconds(40), get: .milliseconds(20))

  @Test("fixed latencies are exact, and a slow node's are longer by its factor")
  func fixedLatency() throws {
    let harness = StoreHarness(Self.fixed)
    defer { harness.simulation.tearDown() }
    _ = try harness.create("a")
    #expect(harness.simulation.now == .milliseconds(40))
    _ = try harness.get("a")
    #expect(harness.simulation.now == .milliseconds(60))
    harness.store.slowness = 3
    _ = try harness.create("b")
    #expect(harness.simulation.now == .milliseconds(180))
    #expect(harness.bucket.journal.map(\.time) == [.milliseconds(20), .milliseconds(120)])
    #expect(harness.bucket.requests(.create, from: harness.node) == 2)
    #expect(harness.bucket.requests(.get, from: harness.node) == 1)
    #expect(harness.bucket.requests(.list, from: harness.node) == 0)
  }

  @Test("heavy-tailed latencies have the mean they should, and a tail")
  func heavyTail() {
    let random = SeededRandomSource(seed: 1)
    let latency = Latency.heavyTailed(mean: .milliseconds(20))
    let draws = (0..<20_000).map { _ in latency.draw(from: random).inSeconds * 1000 }.sorted()
    #expect(draws[0] >= 10)
    #expect(abs(draws[10_000] - 14.1) < 1)
    #expect(abs(draws[19_800] - 100) < 20)
    #expect(abs(draws.reduce(0, +) / 20_000 - 20) < 2)
  }

  @Test("a client that gives up gets an error in time, and its request lands all the same")
  func timeout() throws {
    let slow = FaultProfile.fixed(put: .seconds(30), get: .seconds(30))
    let harness = StoreHarness(slow)
    defer { harness.simulation.tearDown() }
    guard case .failure(let error) = try harness.create("key") else {
      Issue.record("it did not time out")
      return
    }
    #expect(error.code == .unreachable && error.mayHaveBeenApplied)
    #expect("\(error)" == "create key: no answer within 10.0 seconds")
    #expect(harness.simulation.now == .seconds(10))
    #expect(harness.bucket.object("key") == nil)
    try harness.simulation.run(until: .seconds(15))
    #expect(harness.bucket.object("key") != nil)
  }

  @Test(
    "a partition loses requests or answers",
    arguments: [SimulatedStore.Direction.both, .requests, .answers])
  func partition(direction: SimulatedStore.Direction) throws {
    let harness = StoreHarness(Self.fixed)
    defer { harness.simulation.tearDown() }
    harness.store.cutOff(direction, for: .seconds(3600))
    var unknown = 0
    for index in 0..<40 {
      let sent = harness.simulation.now
      guard case .failure(let error) = try harness.create("key \(index)") else {
        Issue.record("an answer came through")
        return
      }
      #expect(error.code == .unreachable)
      #expect((harness.bucket.object("key \(index)") != nil) == (direction == .answers))
      let waited = harness.simulation.now - sent
      #expect(waited == (error.mayHaveBeenApplied ? .seconds(10) : .milliseconds(40)))
      unknown += error.mayHaveBeenApplied ? 1 : 0
    }
    #expect(direction == .answers ? unknown == 40 : (5...35).contains(unknown))
    try harness.simulation.run(until: .seconds(3600))
    guard case .success = try harness.create("another") else {
      Issue.record("the partition did not mend")
      return
    }
  }

  @Test("a killed sender's request lands or not by seed, and its answer comes nowhere")
  func killedSender() throws {
    var landed = 0
    for seed in 0..<100 as Range<UInt64> {
      let harness = StoreHarness(Self.fixed, seed: seed)
      defer { harness.simulation.tearDown() }
      let store = harness.store
      let answered = Mutex(false)
      harness.simulation.spawn(on: harness.node) {
        _ = try await store.create("key", [1])
        answered.withLock { $0 = true }
      }
      try harness.simulation.run(until: .milliseconds(10))
      harness.simulation.kill(harness.node)
      try harness.simulation.run(until: .seconds(100))
      #expect(!answered.withLock { $0 })
      landed += harness.bucket.object("key") == nil ? 0 : 1
    }
    #expect((20...80).contains(landed))
  }

  @Test("a server can be killed between its write and the answer")
  func killBeforeAnswer() throws {
    let harness = StoreHarness(Self.fixed)
    defer { harness.simulation.tearDown() }
    let (simulation, node, store) = (harness.simulation, harness.node, harness.store)
    harness.bucket.observe { entry in
      if entry.key == "second" { simulation.kill(node) }
    }
    let answers = Mutex<[String]>([])
    simulation.spawn(on: node) {
      for key in ["first", "second", "third"] {
        _ = try await store.create(key, [1])
        answers.withLock { $0.append(key) }
      }
    }
    try simulation.runToEnd()
    #expect(answers.withLock { $0 } == ["first"])
    #expect(harness.bucket.keys() == ["first", "second"])
  }

  @Test("a cancelled caller is told at once, and its request lands or not", arguments: [0.0, 1.0])
  func cancelledCaller(chance: Double) throws {
    var profile = Self.fixed
    profile.landsWithoutSender = chance
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    let store = harness.store
    let result = Mutex<Result<CreateAnswer, ObjectStoreError>?>(nil)
    let task = harness.simulation.spawn(on: harness.node) {
      let outcome = await createResult(store, "key", [1])
      result.withLock { $0 = outcome }
    }
    try harness.simulation.run(until: .milliseconds(10))
    task.cancel()
    try harness.simulation.run(until: .milliseconds(15))
    guard case .failure(let error) = result.withLock({ $0 }) else {
      Issue.record("the caller still waits")
      return
    }
    #expect(error.code == .cancelled && error.mayHaveBeenApplied)
    try harness.simulation.run(until: .seconds(1))
    #expect((harness.bucket.object("key") != nil) == (chance == 1))
  }

  @Test("of many creators of one key exactly one succeeds, and the seed decides which")
  func race() throws {
    var winners: Set<String> = []
    for seed in 0..<40 as Range<UInt64> {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      let bucket = SimulatedBucket(simulation)
      let created = Mutex<[String]>([])
      for index in 0..<16 {
        let node = simulation.node("node \(index)")
        let store = bucket.store(for: node, Self.fixed)
        simulation.spawn(on: node) {
          guard case .created = try await store.create("key", [UInt8(index)]) else { return }
          created.withLock { $0.append(node.name) }
        }
      }
      try simulation.runToEnd()
      #expect(created.withLock { $0.count } == 1)
      #expect(bucket.journal.map(\.node) == created.withLock { $0 })
      winners.formUnion(created.withLock { $0 })
    }
    #expect(winners.count > 8)
  }

  @Test("the seed decides which of two requests that arrive at the same moment is first")
  func tie() throws {
    var winners: Set<String> = []
    for seed in 0..<40 as Range<UInt64> {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      let bucket = SimulatedBucket(simulation)
      for (name, delay, slowness) in [("early", 0, 1.0), ("late", 10, 0.5)] {
        let node = simulation.node(name)
        let store = bucket.store(for: node, Self.fixed)
        store.slowness = slowness
        simulation.spawn(on: node) {
          try await node.clock.sleep(for: .milliseconds(delay))
          _ = try await store.create("key", [])
        }
      }
      try simulation.runToEnd()
      winners.formUnion(bucket.journal.map(\.node))
      #expect(bucket.journal.map(\.time) == [.milliseconds(20)])
    }
    #expect(winners == ["early", "late"])
  }

  @Test("a paused node gets its answer after the pause")
  func pausedNode() throws {
    let harness = StoreHarness(Self.fixed)
    defer { harness.simulation.tearDown() }
    let store = harness.store
    let task = harness.simulation.spawn(on: harness.node) { _ = try await store.create("key", []) }
    try harness.simulation.run(until: .milliseconds(10))
    harness.simulation.pause(harness.node, for: .seconds(60))
    try harness.simulation.run(until: .seconds(59))
    #expect(harness.bucket.object("key") != nil)
    #expect(!task.isFinished)
    try harness.simulation.run(until: .seconds(61))
    #expect(task.isFinished)
  }
}
