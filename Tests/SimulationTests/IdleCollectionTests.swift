import CommitLog
import Engine
import Model
import Simulation
import Testing

@Suite("A collection that nobody writes to")
struct IdleCollectionTests {
  private static func collectionWithOneRecord(
    on cluster: SimulatedCluster, _ simulation: SimulationScheduler
  ) throws -> UniqueID {
    try simulation.value(on: simulation.node("client")) {
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
  }

  @Test("is looked after by a server that has just started")
  func restart() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, maintenance: [.eager])
      let id = try Self.collectionWithOneRecord(on: cluster, simulation)
      // Before the tail is old enough for a segment.
      cluster.restart(0, after: .seconds(1))
      try simulation.run(for: .seconds(60))
      guard !cluster.bucket.keys(prefix: "vector_db/collections/\(id)/manifest/").isEmpty else {
        throw SimulationFailure(.invariant, "a minute after the start there is no manifest")
      }
    }
  }

  private static func problems(
    of cluster: SimulatedCluster, _ simulation: SimulationScheduler
  ) throws -> [String] {
    let store = cluster.bucket.store(for: simulation.node("inspector"), .calm)
    return try simulation.value(on: simulation.node("reader")) {
      try await BucketInspection(
        store: store, prefix: "vector_db/", isThorough: true, slack: .seconds(60)
      ).run().problems
    }
  }

  @Test("is soon rid of an entry that a late writer has made anew, which verify excuses")
  func lateEntry() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm, maintenance: [.eager])
      let id = try Self.collectionWithOneRecord(on: cluster, simulation)
      let keys = LogKeys(prefix: "vector_db/collections/\(id)/")
      try simulation.run(for: .seconds(400))
      #expect(cluster.bucket.keys(prefix: keys.entryPrefix).isEmpty)
      let late = simulation.node("late")
      let store = cluster.bucket.store(for: late, .calm)
      _ = try simulation.value(on: late) { try await store.create(keys.entry(1), [1]) }
      #expect(try Self.problems(of: cluster, simulation).isEmpty)
      // G and two cycles, with their jitter.
      try simulation.run(for: .seconds(60 + 2 * 10 + 5))
      #expect(cluster.bucket.keys(prefix: keys.entryPrefix).isEmpty)
    }
  }

  @Test("is what verify complains of where nobody deletes its covered entries")
  func coveredEntry() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, maintenance: [.flusher])
      let id = try Self.collectionWithOneRecord(on: cluster, simulation)
      let key = LogKeys(prefix: "vector_db/collections/\(id)/").entry(1)
      try simulation.run(for: .seconds(60))
      #expect(try Self.problems(of: cluster, simulation).allSatisfy { !$0.contains(key) })
      try simulation.run(for: .seconds(400))
      #expect(try Self.problems(of: cluster, simulation).contains { $0.contains(key) })
    }
  }
}
