import Engine
import Model
import Simulation
import Testing

@Suite("A collection that nobody writes to")
struct IdleCollectionTests {
  @Test("is looked after by a server that has just started")
  func restart() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, maintenance: [.eager])
      let client = simulation.node("client")
      let id = try simulation.value(on: client) {
        let created = await cluster.servers[0].call(in: simulation) { engine throws(EngineError) in
          let id = try await engine.createCollection(
            CollectionDefinition(name: "c", metadata: nil, distance: .l2, configuration: "{}"),
            tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: false
          ).id
          _ = try await engine.add(
            [PlainChange(id: "a", vector: [1])].batch,
            to: CollectionAddress(
              tenant: DefaultNames.tenant, database: DefaultNames.database, id: id))
          return id
        }
        guard case .answered(let id) = created else { throw CancellationError() }
        return id
      }
      // Before the tail is old enough for a segment.
      cluster.restart(0, after: .seconds(1))
      try simulation.run(for: .seconds(60))
      guard !cluster.bucket.keys(prefix: "vector_db/collections/\(id)/manifest/").isEmpty else {
        throw SimulationFailure(.invariant, "a minute after the start there is no manifest")
      }
    }
  }
}
