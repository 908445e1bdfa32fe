import CommitLog
import Engine
import Model
import Simulation
import Testing

@Suite("A server that sleeps while a collection is deleted and everything of it goes")
struct DeletedCollectionTests {
  private static let address = (tenant: DefaultNames.tenant, database: DefaultNames.database)

  private func batch(_ id: Text) -> RecordBatch {
    RecordBatch(ids: [id], embeddings: EmbeddingColumn(dimension: 1, components: [1]))
  }

  /// - Returns: Whether the sleeper acknowledged a write into the collection when it woke up.
  private func acknowledges(
    _ simulation: SimulationScheduler, rules: SafetyRules
  ) throws -> Bool {
    let cluster = SimulatedCluster(
      simulation, servers: 2, profile: .calm, rules: rules, maintenance: [.eager])
    let client = simulation.node("client")
    let (awake, sleeper) = (cluster.servers[0], cluster.servers[1])
    let id = try simulation.value(on: client) {
      let created = await awake.call(in: simulation) { engine throws(EngineError) in
        try await engine.createCollection(
          CollectionDefinition(name: "c", metadata: nil, distance: .l2, configuration: "{}"),
          tenant: Self.address.tenant, database: Self.address.database, getOrCreate: false
        ).id
      }
      guard case .answered(let id) = created else { throw CancellationError() }
      return id
    }
    let address = CollectionAddress(
      tenant: Self.address.tenant, database: Self.address.database, id: id)
    _ = try simulation.value(on: client) {
      await sleeper.call(in: simulation) { engine throws(EngineError) in
        try await engine.add(self.batch("first"), to: address)
      }
    }
    simulation.pause(sleeper.node, for: .seconds(700))
    _ = try simulation.value(on: client) {
      await awake.call(in: simulation) { engine throws(EngineError) in
        try await engine.deleteCollection(
          named: "c", tenant: Self.address.tenant, database: Self.address.database)
      }
    }
    try simulation.run(for: .seconds(600))
    #expect(cluster.bucket.keys(prefix: "vector_db/collections/\(id)/log/").isEmpty)
    #expect(cluster.bucket.keys(prefix: "vector_db/collections/\(id)/segments/").isEmpty)
    let result = try simulation.value(on: client) {
      await sleeper.call(in: simulation, timeout: .seconds(200)) { engine throws(EngineError) in
        try await engine.add(self.batch("second"), to: address)
      }
    }
    if case .answered = result { return true }
    return false
  }

  @Test("never acknowledges a write into it")
  func sleeper() throws {
    for seed in UInt64(0)..<20 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      #expect(try !acknowledges(simulation, rules: .all), "seed \(seed)")
    }
  }

  @Test("would, if the deleted collection did not keep its manifests")
  func mutant() throws {
    var caught = 0
    for seed in UInt64(0)..<20 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      if try acknowledges(simulation, rules: .all.subtracting(.keepsFinalManifests)) { caught += 1 }
    }
    #expect(caught > 0)
  }
}
