import CommitLog
import Engine
import Model
import Simulation
import Synchronization
import Testing

/// A server that has only just read the log has as much to look after as one that wrote it.
@Suite("Maintenance of a log that nobody writes")
struct MaintenanceAfterStartTests {
  @Test("a tail that a dead server left becomes a segment, and makes room for writes")
  func leftTail() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, maintenance: [.none])
      let clients = simulation.node("clients")
      let dead = cluster.servers[0]
      let address = try simulation.value(on: clients) {
        await Self.fill(dead, in: simulation)
      }
      simulation.kill(dead.node)
      guard let address else { throw SimulationFailure(.invariant, "nothing was written") }

      var maintenance = MaintenanceConfiguration()
      maintenance.flushEntries = 10
      let fresh = SimulatedServer(
        name: "fresh", on: cluster.bucket, in: simulation, profile: .calm,
        configuration: EngineConfiguration(
          prefix: "vector_db/", grace: .seconds(60), syncInterval: .seconds(7),
          probesStore: false, maintenance: maintenance),
        rules: .all)
      try simulation.run(for: .seconds(30))
      guard cluster.bucket.keys().contains(where: { $0.contains("/segments/") }) else {
        throw SimulationFailure(.invariant, "no segment was written")
      }
      let count = try simulation.value(on: clients) {
        await fresh.call(in: simulation) { engine throws(EngineError) in
          try await engine.count(in: address, options: ReadOptions()).count
        }
      }
      guard case .answered(40) = count else {
        throw SimulationFailure(.invariant, "40 records became \(count)")
      }
    }
  }

  private static func fill(
    _ server: SimulatedServer, in simulation: SimulationScheduler
  ) async -> CollectionAddress? {
    let created = await server.call(in: simulation) { engine throws(EngineError) in
      try await engine.createCollection(
        CollectionDefinition(
          name: "records", metadata: nil, distance: .l2, configuration: "{}"),
        tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: true
      ).id
    }
    guard case .answered(let id) = created else { return nil }
    let address = CollectionAddress(
      tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
    for number in 0..<40 {
      let batch = RecordBatch(
        ids: [Text("\(number)")],
        embeddings: EmbeddingColumn(dimension: 2, components: [0, Float(number)]))
      _ = await server.call(in: simulation) { engine throws(EngineError) in
        try await engine.add(batch, to: address)
      }
    }
    return address
  }
}
