import Engine
import Simulation
import Synchronization
import Testing

@Suite("What was deleted leaves every byte of the bucket")
struct ErasureScenarioTests {
  private func run(_ size: ErasureScenario.Size, seeds: UInt64, test: String = #function) throws {
    let longest = Mutex(Duration.zero)
    let erased = Mutex(0)
    try SeedRunner(seeds: seeds).run(test: test) { simulation in
      let report = try ErasureScenario.run(simulation, size: size)
      longest.withLock { $0 = max($0, report.longestStay) }
      erased.withLock { $0 += report.erased }
    }
    let count = erased.withLock { $0 }
    print(
      "\(test): \(count) texts, the last seen \(longest.withLock { $0 }) after their deletion,",
      "bound \(size.bound)")
    #expect(count > 100)
  }

  @Test("in time, while somebody writes and when nobody does any more")
  func fresh() throws { try run(ErasureScenario.Size(), seeds: 20) }

  @Test("in time after the last start, where servers are killed at any moment")
  func kills() throws {
    var size = ErasureScenario.Size()
    size.kills = true
    try run(size, seeds: 20)
  }

  @Test("with a grace of hours")
  func hours() throws {
    var size = ErasureScenario.Size()
    size.grace = .seconds(7_200)
    size.maintenance = .hourly
    size.pauseMax = .seconds(7_200)
    try run(size, seeds: 5)
  }

  @Test("a server that rewrites no segments is noticed")
  func mutant() throws {
    var size = ErasureScenario.Size()
    size.otherBound = size.bound
    size.maintenance.eraseAfter = .seconds(1_000_000)
    size.maintenance.deadShareMax = 2
    size.maintenance.mergeFanIn = .max
    var caught = 0
    for seed in UInt64(0)..<5 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      do throws(SimulationFailure) {
        try ErasureScenario.run(simulation, size: size)
      } catch {
        if caught == 0 { print("without rewriting: seed \(seed): \(error.message.prefix(160))") }
        caught += 1
      }
    }
    #expect(caught == 5)
  }
}
