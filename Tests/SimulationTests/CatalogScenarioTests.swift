import CommitLog
import Simulation
import Testing

@Suite("Names of collections on several servers")
struct CatalogScenarioTests {
  @Test("names are given, changed and taken away one after the other, whatever servers do")
  func storm() throws {
    try SeedRunner(seeds: 100).run { simulation in
      try CatalogScenario.run(simulation)
    }
  }

  @Test("the same seed takes the same way")
  func sameSeedSameTrace() throws {
    try SeedRunner(seeds: 5).runTwice { simulation in
      try CatalogScenario.run(simulation)
    }
  }

  @Test(
    "with one safety rule taken out the catalog goes wrong",
    arguments: RecordScenarioTests.mutants)
  func mutant(name: String, rule: SafetyRules) {
    for seed in UInt64(0)..<500 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      do throws(SimulationFailure) {
        try CatalogScenario.run(simulation, rules: .all.subtracting(rule))
      } catch {
        // Whatever else keeps a run from its end proves nothing.
        guard error.code == .invariant else { continue }
        print("catalog without \(name): caught at seed \(seed): \(error.message.prefix(120))")
        return
      }
    }
    Issue.record("without \(name) 500 seeds went well")
  }
}
