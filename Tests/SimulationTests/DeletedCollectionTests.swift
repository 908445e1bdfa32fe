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

  /// A cluster after its sleeper woke up and tried to write into the collection that is long gone.
  private struct Aftermath {
    let cluster: SimulatedCluster
    let id: UniqueID
    /// The sleeper acknowledged a write into the collection when it woke up.
    let isAcknowledged: Bool

    /// What the bucket has of the collection beside its manifests.
    var orphans: [String] {
      let prefix = "vector_db/collections/\(id)/"
      return cluster.bucket.keys(prefix: prefix).filter { !$0.hasPrefix("\(prefix)manifest/") }
    }

    /// What `apus inspect` and `apus verify` say.
    func inspect(
      _ simulation: SimulationScheduler, slack: Duration = .seconds(60)
    ) throws -> InspectionReport {
      let store = cluster.bucket.store(for: simulation.node("inspector"), .calm)
      return try simulation.value(on: simulation.node("reader")) {
        try await BucketInspection(
          store: store, prefix: "vector_db/", isThorough: true, slack: slack,
          orphanInterval: MaintenanceConfiguration.eager.orphanInterval
        ).run()
      }
    }
  }

  private func wakeUp(
    _ simulation: SimulationScheduler, rules: SafetyRules,
    maintenance: MaintenanceConfiguration = .eager
  ) throws -> Aftermath {
    let cluster = SimulatedCluster(
      simulation, servers: 2, profile: .calm, rules: rules, maintenance: [maintenance])
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
    let isAcknowledged = if case .answered = result { true } else { false }
    return Aftermath(cluster: cluster, id: id, isAcknowledged: isAcknowledged)
  }

  private func acknowledges(_ simulation: SimulationScheduler, rules: SafetyRules) throws -> Bool {
    try wakeUp(simulation, rules: rules).isAcknowledged
  }

  @Test("never acknowledges a write into it")
  func sleeper() throws {
    for seed in UInt64(0)..<20 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      #expect(try !acknowledges(simulation, rules: .all), "seed \(seed)")
    }
  }

  @Test("leaves nothing in the bucket for long, though the catalog has forgotten the collection")
  func nothingStays() throws {
    var entries = 0
    var segments = 0
    for seed in UInt64(0)..<20 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      let aftermath = try wakeUp(simulation, rules: .all)
      entries += aftermath.orphans.count { $0.contains("/log/") }
      segments += aftermath.orphans.count { $0.contains("/segments/") }
      let report = try aftermath.inspect(simulation)
      #expect(report.collections.isEmpty && report.forgotten.collections == 1, "seed \(seed)")
      #expect(report.forgotten.orphans == aftermath.orphans.count, "seed \(seed)")
      // The grace, and a quarter more than the interval.
      try simulation.run(for: .seconds(60 + 75 + 15))
      #expect(aftermath.orphans.isEmpty, "seed \(seed)")
      #expect(
        !aftermath.cluster.bucket.keys(
          prefix: "vector_db/collections/\(aftermath.id)/manifest/"
        ).isEmpty)
      let after = try aftermath.inspect(simulation)
      #expect(after.forgotten.orphans == 0 && after.problems.isEmpty, "seed \(seed)")
    }
    // Otherwise this shows nothing.
    #expect(entries > 0 && segments > 0)
  }

  @Test("leaves what verify reports, where nobody looks for it")
  func reported() throws {
    var maintenance = MaintenanceConfiguration.eager
    maintenance.orphanInterval = .seconds(1_000_000)
    var reported = 0
    for seed in UInt64(0)..<10 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      let aftermath = try wakeUp(simulation, rules: .all, maintenance: maintenance)
      #expect(try aftermath.inspect(simulation).problems.isEmpty, "seed \(seed)")
      // Some more may come within moments of the waking.
      try simulation.run(for: .seconds(60 + 75 + 60 + 30))
      let orphans = aftermath.orphans
      let problems = try aftermath.inspect(simulation).problems
      #expect(problems.count == orphans.count, "seed \(seed)")
      for key in orphans { #expect(problems.contains { $0.contains(key) }, "seed \(seed)") }
      reported += problems.count
    }
    #expect(reported > 0)
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
