import Model
import Simulation
import Testing

/// PUT 40 ms, GET 20 ms, all servers busy all the time.
@Suite("Fairness between servers")
struct FairnessTests {
  @Test("of equal busy servers none gets less than half of its share", arguments: [2, 4, 8])
  func equalServers(count: Int) throws {
    try SeedRunner(seeds: 5).run { simulation in
      let result = try FairnessScenario.run(simulation, servers: count)
      print(
        "\(count) servers, seed \(simulation.seed): \(result.writes) writes,",
        "smallest share \(result.smallestShare), longest wait \(result.longestWait.inSeconds) s")
      try expect(result.smallestShare >= 0.5, "\(result)")
      try expect(result.longestWait <= .seconds(10), "\(result)")
    }
  }

  @Test("a server twice as slow gets at least a tenth of its share", arguments: [2, 4, 8])
  func slowServer(count: Int) throws {
    try SeedRunner(seeds: 5).run { simulation in
      let result = try FairnessScenario.run(simulation, servers: count, slowness: 2)
      print(
        "\(count) servers, the last slow, seed \(simulation.seed): \(result.writes) writes,",
        "smallest share \(result.smallestShare), longest wait \(result.longestWait.inSeconds) s")
      try expect(result.smallestShare >= 0.1, "\(result)")
      try expect(result.longestWait <= .seconds(10), "\(result)")
    }
  }

  private func expect(_ isTrue: Bool, _ message: String) throws {
    guard !isTrue else { return }
    throw SimulationFailure(.invariant, message)
  }
}
