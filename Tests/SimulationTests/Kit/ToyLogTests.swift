import ObjectStore
import Simulation
import Testing

@Suite("a numbered create-once log over a store that misbehaves")
struct ToyLogTests {
  private func run(_ simulation: SimulationScheduler, _ rule: ToyLog.Rule) throws {
    let bucket = SimulatedBucket(simulation)
    let log = ToyLog(simulation: simulation, bucket: bucket, rule: rule)
    try log.run(writers: 3, values: 8, profile: .stormy)
  }

  @Test("with slots resolved by reading every value stands there once, the same in both runs")
  func resolved() throws {
    try SeedRunner(seeds: 100).runTwice { try run($0, .resolveByReading) }
  }

  @Test(
    "without resolving by reading it is caught",
    arguments: [ToyLog.Rule.errorMeansNotApplied, .existsMeansLost])
  func unresolved(rule: ToyLog.Rule) throws {
    let failure = #expect(throws: SeedFailure.self) {
      try SeedRunner(seeds: 100, environment: [:]).run { try run($0, rule) }
    }
    #expect(failure?.cause is ToyLog.Violation)
  }

  @Test("the faults of one seed differ from those of the next")
  func seedsDiffer() throws {
    var traces: Set<UInt64> = []
    try SeedRunner(seeds: 100, environment: [:]).run { simulation in
      try run(simulation, .resolveByReading)
      traces.insert(simulation.traceHash)
    }
    #expect(traces.count == 100)
  }
}
