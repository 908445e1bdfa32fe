import CommitLog
import Simulation
import Testing

@Suite("Records on several servers")
struct RecordScenarioTests {
  @Test("no promise is broken in calm weather")
  func calm() throws {
    try SeedRunner(seeds: 20).run { simulation in
      var size = RecordScenario.Size()
      size.isStormy = false
      try RecordScenario.run(simulation, size: size)
    }
  }

  @Test("no promise is broken whatever servers, network and store do")
  func storm() throws {
    try SeedRunner(seeds: 100).run { simulation in
      try RecordScenario.run(simulation)
    }
  }

  @Test("damage on the way from the store is noticed, and gone when it is gone")
  func corruption() throws {
    try SeedRunner(seeds: 60).run { simulation in
      var size = RecordScenario.Size()
      size.corruption = 0.01
      try RecordScenario.run(simulation, size: size)
    }
  }

  @Test("the same seed takes the same way")
  func sameSeedSameTrace() throws {
    try SeedRunner(seeds: 10).runTwice { simulation in
      try RecordScenario.run(simulation)
    }
  }

  static let mutants: [(String, SafetyRules)] = [
    ("S1, decides anew after a loss", .decidesAnewAfterLoss),
    ("S2, resolves by reading", .resolvesByReading),
    ("S3, admits unknown", .admitsUnknown),
    ("decides within the entry", .decidesWithinEntry),
    ("proves without writing", .provesWithoutWriting),
  ]

  @Test("with one safety rule taken out a promise is broken", arguments: mutants)
  func mutant(name: String, rule: SafetyRules) {
    for seed in UInt64(0)..<500 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      do throws(SimulationFailure) {
        try RecordScenario.run(simulation, rules: .all.subtracting(rule))
      } catch {
        // Whatever else keeps a run from its end proves nothing.
        guard error.code == .invariant else { continue }
        print("without \(name): caught at seed \(seed): \(error.message.prefix(160))")
        return
      }
    }
    Issue.record("without \(name) 500 seeds went well")
  }
}
