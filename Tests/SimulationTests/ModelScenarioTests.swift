import CommitLog
import Engine
import Simulation
import Synchronization
import Testing

@Suite("Several collections on several servers, against a list of records")
struct ModelScenarioTests {
  enum Weather: String, CaseIterable {
    case calm
    case storm
    /// Servers sleep for longer than the grace, also between the upload of a segment and its manifest.
    case laggards
    /// Servers sleep for less than half the grace, so that they believe what they hear then.
    case dozers
    /// Servers sleep for longer than the grace, and the store's clock may forget that time.
    case setBack
    /// Who has written a segment may sleep for longer than the grace before he names it, while others merge and
    /// delete.
    case sleepyFlushes
    /// Who has merged segments may sleep before he says so, while others go on.
    case sleepyMerges
    /// A grace of two hours, faults every few minutes, and servers that sleep for hours.
    case hours

    var size: ModelScenario.Size {
      var size = ModelScenario.Size()
      switch self {
      case .calm: break
      case .storm: size.isStormy = true
      case .laggards:
        size.naps = 80...300
        size.napsAfterUploads = 80...300
        size.napOdds = 8
      case .setBack:
        size.naps = 80...300
        size.setsStoreBack = true
      case .dozers:
        size.naps = 10...28
        size.pauseMax = .seconds(8)
        size.operationsPerRound = 25
      case .sleepyFlushes:
        size.maintenance = [.flusher, .merger, .collector]
        size.napsAfterUploads = 80...300
      case .sleepyMerges:
        size.maintenance = [.flusher, .merger, .flusher]
        size.napsAfterUploads = 3...40
        size.napOdds = 2
        // The others go on.
        size.napper = 1
      case .hours:
        size.isStormy = true
        size.grace = .seconds(7_200)
        size.syncInterval = .seconds(600)
        size.maintenance = [.hourly]
        size.pauseMax = .seconds(7_200)
        size.havocPauseMax = .seconds(1_200)
        size.naps = 7_000...14_000
      }
      return size
    }
  }

  @Test("every answer is that of the list, and nothing deleted stays", arguments: Weather.allCases)
  func answers(weather: Weather) throws {
    let activity = Mutex(MaintenanceActivity())
    try SeedRunner(seeds: 8).run { simulation in
      let seen = try ModelScenario.run(simulation, size: weather.size).activity
      activity.withLock { $0 += seen }
    }
    print("maintenance in \(weather): \(activity.withLock { $0 })")
  }

  @Test("every answer is that of the list, whatever local copies servers find when they start")
  func leftovers() throws {
    try SeedRunner(seeds: 20).run { simulation in
      var size = Weather.calm.size
      size.leavesCopies = true
      size.diesBeforeCall = 200
      size.diesAgainAfter = 150
      try ModelScenario.run(simulation, size: size)
    }
  }

  @Test("the same seed takes the same way")
  func sameSeedSameTrace() throws {
    try SeedRunner(seeds: 3).runTwice { simulation in
      try ModelScenario.run(simulation, size: Weather.calm.size)
    }
  }

  // MARK: Deaths

  /// One server, whose every request is one that it can die before.
  static var mortal: ModelScenario.Size {
    var size = ModelScenario.Size()
    size.servers = 1
    size.clients = 1
    size.rounds = 2
    size.pauseMax = .seconds(30)
    size.syncInterval = .seconds(60)
    size.partBytes = 700
    size.diesBeforeCall = .max
    return size
  }

  @Test("a server that dies before any of its requests leaves nothing wrong")
  func deaths() throws {
    let simulation = SimulationScheduler(seed: 7)
    let report = try ModelScenario.run(simulation, size: Self.mortal)
    simulation.tearDown()
    let calls = report.calls.values.reduce(0, +)
    print("dies before each of \(calls) requests: \(report.calls.sorted { $0.value > $1.value })")
    #expect(report.calls.keys.count == StoreRequestKind.allCases.count - 1)
    try SeedRunner(seeds: UInt64(calls), from: 1).runNumbered(seed: 7) { simulation, number in
      var size = Self.mortal
      size.diesBeforeCall = Int(number)
      try ModelScenario.run(simulation, size: size)
    }
  }

  // MARK: Whether it can fail

  static let mutants: [(String, SafetyRules, Weather)] = [
    ("S1, decides anew after a loss", .decidesAnewAfterLoss, .storm),
    ("S2, resolves by reading", .resolvesByReading, .storm),
    ("S4, checks dates", .checksDates, .laggards),
    ("S4, checks its own clock", .checksOwnClock, .setBack),
    ("S4, confirms by manifest", .confirmsByManifest, .laggards),
    ("S4, collects after the grace", .collectsAfterGrace, .dozers),
    ("S4, empties manifests", .emptiesManifests, .laggards),
    ("S5, condemns first", .condemnsFirst, .sleepyFlushes),
    ("S5, reads every winner", .readsEveryWinner, .sleepyFlushes),
    ("S5, heeds emptied", .heedsEmptied, .sleepyFlushes),
    ("S5, maps deletions", .mapsDeletions, .sleepyMerges),
    ("S5, flushes on an exact base", .flushesOnExactBase, .sleepyMerges),
    ("S5, looks up anew", .looksUpAnew, .sleepyMerges),
    ("tells the position exactly", .tellsPositionExactly, .storm),
  ]

  @Test("with one safety rule taken out an answer is wrong", arguments: mutants)
  func mutant(name: String, rule: SafetyRules, weather: Weather) {
    expectCaught("without \(name)") { simulation throws(SimulationFailure) in
      try ModelScenario.run(simulation, size: weather.size, rules: .all.subtracting(rule))
    }
  }

  @Test("a write that is not in the list is noticed")
  func forgetfulModel() {
    expectCaught("with a forgetful list") { simulation throws(SimulationFailure) in
      var size = Weather.calm.size
      size.forgetsEvery = 3
      try ModelScenario.run(simulation, size: size)
    }
  }

  private func expectCaught(
    _ name: String, _ run: (SimulationScheduler) throws(SimulationFailure) -> Void
  ) {
    for seed in UInt64(0)..<500 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      do throws(SimulationFailure) {
        try run(simulation)
      } catch {
        // Whatever else keeps a run from its end proves nothing.
        guard error.code == .invariant else { continue }
        print("model \(name): caught at seed \(seed): \(error.message.prefix(160))")
        return
      }
    }
    Issue.record("\(name) 500 seeds went well")
  }
}
