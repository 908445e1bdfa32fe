import CommitLog
import Engine
import Simulation
import Synchronization
import Testing

@Suite("Records on several servers, while segments are written, merged and deleted")
struct MaintainedScenarioTests {
  /// A weather, in virtual minutes to hours in which every log is shortened and every segment replaced.
  enum Weather: String, CaseIterable {
    case calm
    case storm
    /// Servers sleep for longer than the grace.
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

    var size: RecordScenario.Size {
      var size = RecordScenario.Size()
      size.pauseMax = .seconds(60)
      size.operationsPerClient = 24
      // Many, so that the search for an order stays short for each.
      size.ids = 10
      size.isStormy = self == .storm
      switch self {
      case .calm, .storm: break
      case .laggards, .setBack:
        size.naps = 100...400
        size.setsStoreBack = self == .setBack
        size.operationsPerClient = 30
      case .dozers:
        size.naps = 10...28
        size.pauseMax = .seconds(8)
        size.operationsPerClient = 60
      case .sleepyFlushes:
        size.maintenance = [.flusher, .merger, .collector]
        size.napsAfterUploads = 80...500
        size.pauseMax = .seconds(200)
        size.operationsPerClient = 30
      case .sleepyMerges:
        size.maintenance = [.flusher, .merger, .flusher]
        size.napsAfterUploads = 3...40
        size.napOdds = 2
        // The others go on.
        size.napper = 1
      }
      return size
    }

    var seeds: UInt64 { self == .storm ? 60 : 20 }
  }

  @Test("no promise is broken", arguments: Weather.allCases)
  func promises(weather: Weather) throws {
    let activity = Mutex(MaintenanceActivity())
    try SeedRunner(seeds: weather.seeds).run { simulation in
      let seen = try RecordScenario.run(simulation, size: weather.size)
      activity.withLock { $0 += seen }
    }
    let seen = activity.withLock { $0 }
    print("maintenance in \(weather): \(seen)")
    // Otherwise nothing of what this is about has happened.
    #expect(seen.manifests > 50)
    #expect(seen.segments > 50)
    if weather != .sleepyMerges {
      #expect(seen.emptiedManifests > 20)
      #expect(seen.deletedSegments > 10)
      #expect(seen.deletedEntries > 100)
    }
  }

  @Test("a server that dies after any write of its maintenance leaves nothing wrong")
  func deaths() throws {
    var size = Weather.calm.size
    size.servers = 1
    size.clients = 2
    var last = 1
    // As many runs as there are writes.
    for number in 1...400 {
      let simulation = SimulationScheduler(seed: 7)
      defer { simulation.tearDown() }
      size.diesAfterWrite = number
      let seen = try RecordScenario.run(simulation, size: size)
      last = number
      if seen.writes < number { break }
    }
    print("died after each of \(last) writes")
    #expect(last > 30 && last < 400)
  }

  static let mutants: [(String, SafetyRules, Weather)] = [
    ("S4, checks dates", .checksDates, .laggards),
    ("S4, checks its own clock", .checksOwnClock, .setBack),
    ("S4, confirms by manifest", .confirmsByManifest, .laggards),
    ("S4, collects after the grace", .collectsAfterGrace, .dozers),
    ("S4, empties manifests", .emptiesManifests, .laggards),
    ("S5, condemns first", .condemnsFirst, .sleepyFlushes),
    ("S5, reads every winner", .readsEveryWinner, .sleepyFlushes),
    ("S5, heeds emptied", .heedsEmptied, .sleepyFlushes),
    ("S5, maps deletions", .mapsDeletions, .sleepyMerges),
    ("S5, flushes on an exact base", .flushesOnExactBase, .storm),
    ("S5, looks up anew", .looksUpAnew, .sleepyMerges),
    ("tells the position exactly", .tellsPositionExactly, .storm),
  ]

  @Test("with one safety rule taken out a promise is broken", arguments: mutants)
  func mutant(name: String, rule: SafetyRules, weather: Weather) {
    expectCaught("without \(name)") { simulation throws(SimulationFailure) in
      try RecordScenario.run(simulation, size: weather.size, rules: .all.subtracting(rule))
    }
  }

  @Test("on a store whose dates are older than what can be seen a promise is broken")
  func earlyDates() {
    expectCaught("with early dates") { simulation throws(SimulationFailure) in
      var size = Weather.laggards.size
      size.time.modificationAge = .seconds(120)
      try RecordScenario.run(simulation, size: size)
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
        print("\(name): caught at seed \(seed): \(error.message.prefix(160))")
        return
      }
    }
    Issue.record("\(name) 500 seeds went well")
  }
}
