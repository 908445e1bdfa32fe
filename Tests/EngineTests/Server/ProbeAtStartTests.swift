import CommitLog
import Engine
import Logging
import Model
import ObjectStore
import Simulation
import Synchronization
import Testing

/// A bucket in use is read while the store is still being probed (rule S8).
@Suite("The probe beside the start")
struct ProbeAtStartTests {
  private static let definition = CollectionDefinition(
    name: "c", metadata: nil, distance: .l2, configuration: "{}")

  /// A collection of one record that is in the log alone, and another that was deleted; whoever wrote them is dead.
  private func fill(_ cluster: SimulatedCluster) throws -> CollectionAddress {
    let simulation = cluster.simulation
    let server = cluster.servers[0]
    let id = try simulation.value(on: server.node) { [engine = server.engine] in
      let id = try await engine.createCollection(
        Self.definition, tenant: DefaultNames.tenant, database: DefaultNames.database,
        getOrCreate: false
      ).id
      var other = Self.definition
      other.name = "deleted"
      _ = try await engine.createCollection(
        other, tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: false)
      try await engine.deleteCollection(
        named: "deleted", tenant: DefaultNames.tenant, database: DefaultNames.database)
      return id
    }
    let address = CollectionAddress(
      tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
    try simulation.value(on: server.node) { [engine = server.engine] in
      _ = try await engine.add(batch(Row("x", [1])), to: address)
    }
    simulation.kill(server.node)
    return address
  }

  /// A write takes it a second, anything else a millisecond, and maintenance has work at once.
  private func start(_ cluster: SimulatedCluster) -> SimulatedServer {
    SimulatedServer(
      name: "probing", on: cluster.bucket, in: cluster.simulation,
      profile: .fixed(put: .seconds(1), get: .milliseconds(1)),
      configuration: EngineConfiguration(
        prefix: "vector_db/", grace: .seconds(60), syncInterval: .milliseconds(50),
        requestDeadline: .seconds(30), probesStore: true, maintenance: .eager),
      rules: .all)
  }

  @Test("answers come before the store has passed, and nothing but the probe writes until then")
  func answersFirst() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm)
      let address = try fill(cluster)
      let server = start(cluster)
      let began = simulation.now
      let count = try simulation.value(on: server.node) {
        try await server.engine.count(in: address, options: ReadOptions(isStrong: true)).count
      }
      #expect(count == 1)
      #expect(simulation.now - began < .milliseconds(200))
      #expect(server.engine.readiness != .ready)
      try simulation.value(on: server.node) {
        _ = try await server.engine.add(batch(Row("y", [1])), to: address)
      }
      #expect(server.engine.readiness == .ready)
      try simulation.run(for: .seconds(30))
      let writes = cluster.bucket.journal.filter { $0.node == server.node.name }
      let isProbe = writes.map { $0.key.hasPrefix("vector_db/probe/") }
      let probeEnd = try #require(isProbe.lastIndex(of: true))
      #expect(isProbe[...probeEnd].allSatisfy { $0 })
      // The record, the flush, the burial of what was deleted.
      #expect(writes[(probeEnd + 1)...].contains { $0.key.contains("/log/") })
      #expect(writes[(probeEnd + 1)...].contains { $0.key.contains("/segments/") })
      #expect(writes[(probeEnd + 1)...].contains { $0.key.contains("/catalog/") })
    }
  }

  @Test("a store that is refused ends a server that has answered already and has written nothing")
  func refusedLate() throws {
    try SeedRunner(seeds: 3).run { simulation in
      var time = SimulatedBucket.Time()
      time.modificationAge = .seconds(3600)
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm, time: time)
      let address = try fill(cluster)
      let server = start(cluster)
      let count = try simulation.value(on: server.node) {
        try await server.engine.count(in: address, options: ReadOptions()).count
      }
      #expect(count == 1)
      let added = Mutex(false)
      simulation.spawn(on: server.node) {
        do throws(EngineError) {
          _ = try await server.engine.add(batch(Row("y", [1])), to: address)
          added.withLock { $0 = true }
        } catch {}
      }
      let failure = #expect(throws: SimulationFailure.self) {
        try simulation.run(for: .seconds(60))
      }
      #expect(failure?.code == .taskFailed)
      #expect(failure?.message.contains("this store's clocks disagree") == true)
      #expect(!added.withLock { $0 })
      let writes = cluster.bucket.journal.filter { $0.node == server.node.name }
      #expect(!writes.isEmpty)
      #expect(writes.allSatisfy { $0.key.hasPrefix("vector_db/probe/") })
    }
  }

  @Test("a bucket in use that may not be listed ends the server with the store's reason")
  func unlistable() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm)
      _ = try fill(cluster)
      let node = simulation.node("refused")
      let engine = Engine(
        configuration: EngineConfiguration(prefix: "vector_db/", grace: .seconds(60)),
        store: UnlistableStore(base: cluster.bucket.store(for: node, .calm)), clock: node.clock,
        random: node.random, logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() })
      simulation.spawn(on: node) { try await engine.run() }
      let failure = #expect(throws: SimulationFailure.self) {
        try simulation.run(for: .seconds(60))
      }
      #expect(failure?.code == .taskFailed)
      #expect(failure?.message.contains("may not list") == true)
    }
  }
}

private struct UnlistableStore: ForwardingStore {
  let base: any ObjectStore

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    throw ObjectStoreError(.accessDenied, "may not list", mayHaveBeenApplied: false)
  }
}
