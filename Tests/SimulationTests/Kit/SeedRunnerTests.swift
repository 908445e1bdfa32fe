import Simulation
import Synchronization
import Testing

@Suite("the runner of seeds")
struct SeedRunnerTests {
  @Test("the environment chooses the seeds")
  func environment() {
    #expect(SeedRunner(seeds: 5, environment: [:]).seeds == 0..<5)
    #expect(SeedRunner(seeds: 5, from: 7, environment: [:]).seeds == 7..<12)
    #expect(SeedRunner(seeds: 5, environment: ["APUS_SEED": "33"]).seeds == 33..<34)
    #expect(SeedRunner(seeds: 5, environment: ["APUS_SEEDS": "1000"]).seeds == 0..<1000)
    let both = ["APUS_SEED": "8", "APUS_SEEDS": "2"]
    #expect(SeedRunner(seeds: 5, environment: both).seeds == 8..<10)
    let last = ["APUS_SEED": "18446744073709551615"]
    #expect(SeedRunner(seeds: 5, environment: last).seeds.isEmpty)
  }

  @Test("a failure names its seed, its cause, the last events and the command that repeats it")
  func failure() {
    struct Broken: Error {}
    let failure = #expect(throws: SeedFailure.self) {
      try SeedRunner(seeds: 5, environment: [:]).run { simulation in
        simulation.note("thought of", "something")
        if simulation.seed == 3 { throw Broken() }
      }
    }
    #expect(failure?.seed == 3)
    #expect(failure?.cause is Broken)
    let text = failure.map { "\($0)" } ?? ""
    #expect(text.contains("seed 3: Broken()"))
    #expect(text.contains("0.000000  -  thought of  something"))
    #expect(text.hasSuffix("APUS_SEED=3 swift test --filter 'SimulationTests.*failure'"))
  }

  @Test("a scenario that takes another way the second time is caught")
  func notDeterministic() {
    let runs = Mutex(0)
    let failure = #expect(throws: SeedFailure.self) {
      try SeedRunner(seeds: 2, environment: [:]).runTwice { simulation in
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        if run == 4 { simulation.note("another way") }
      }
    }
    #expect(failure?.seed == 1)
    #expect((failure?.cause as? SimulationFailure)?.code == .notDeterministic)
  }
}
