import Simulation
import Testing

@Suite("A seed in another process")
struct TraceAcrossProcessesTests {
  @Test("takes the same way")
  func sameTrace() throws {
    try SeedRunner(seeds: 3).run { simulation in
      try RecordScenario.run(simulation)
      print("seed \(simulation.seed): trace \(simulation.traceHash)")
    }
    try SeedRunner(seeds: 3).run { simulation in
      try CatalogScenario.run(simulation)
      print("seed \(simulation.seed): trace \(simulation.traceHash)")
    }
  }
}
