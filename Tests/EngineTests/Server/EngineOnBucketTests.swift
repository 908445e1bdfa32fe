import CommitLog
import Engine
import Model
import Simulation
import Testing

@Suite("Servers on one bucket")
struct EngineOnBucketTests {
  static let tenant: Text = "default_tenant"
  static let database: Text = "default_database"
  static let definition = CollectionDefinition(
    name: "c", metadata: nil, distance: .l2, configuration: "{}")

  private func create(
    _ name: Text, on server: SimulatedServer, _ simulation: SimulationScheduler
  ) throws -> CollectionAddress {
    var definition = Self.definition
    definition.name = name
    let wanted = definition
    let id = try simulation.value(on: server.node) { [engine = server.engine] in
      try await engine.createCollection(
        wanted, tenant: Self.tenant, database: Self.database, getOrCreate: false
      ).id
    }
    return CollectionAddress(tenant: Self.tenant, database: Self.database, id: id)
  }

  /// Nil if the record was added.
  private func add(
    _ row: Row, to address: CollectionAddress, on server: SimulatedServer,
    _ simulation: SimulationScheduler
  ) throws -> EngineError? {
    try simulation.value(on: server.node) { [engine = server.engine] in
      do throws(EngineError) {
        _ = try await engine.add(batch(row), to: address)
        return nil
      } catch {
        return error
      }
    }
  }

  private func logKey(_ address: CollectionAddress, _ number: Int) -> String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: 20 - digits.count)
    return "vector_db/collections/\(address.id)/log/\(zeros)\(digits)"
  }

  @Test("what one server creates another uses at once, without a sync")
  func createdElsewhere() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 2, profile: .calm)
      let (a, b) = (cluster.servers[0], cluster.servers[1])
      try simulation.run(for: .seconds(1))
      let address = try create("c", on: a, simulation)
      #expect(try add(Row("x", [1]), to: address, on: b, simulation) == nil)
      let count = try simulation.value(on: a.node) {
        try await a.engine.count(in: address, options: ReadOptions(isStrong: true)).count
      }
      #expect(count == 1)
    }
  }

  @Test("after a deletion was answered no server takes a write, and the name is free")
  func deletedElsewhere() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 2, profile: .calm)
      let (a, b) = (cluster.servers[0], cluster.servers[1])
      let address = try create("c", on: a, simulation)
      #expect(try add(Row("x", [1]), to: address, on: b, simulation) == nil)
      try simulation.value(on: a.node) {
        try await a.engine.deleteCollection(
          named: "c", tenant: Self.tenant, database: Self.database)
      }
      #expect(
        try add(Row("y", [1]), to: address, on: b, simulation)
          == .collectionIDNotFound(address.id))
      let again = try create("c", on: b, simulation)
      #expect(again.id != address.id)
      // Both sync, and bury what has died.
      try simulation.run(for: .seconds(30))
      #expect(
        try add(Row("y", [1]), to: address, on: b, simulation)
          == .collectionIDNotFound(address.id))
      #expect(try add(Row("y", [1]), to: again, on: a, simulation) == nil)
    }
  }

  @Test("a damaged collection fails its own requests, is still listed, and leaves the others alone")
  func damagedCollection() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm)
      let first = cluster.servers[0]
      let broken = try create("broken", on: first, simulation)
      let whole = try create("whole", on: first, simulation)
      for address in [broken, whole] {
        #expect(try add(Row("x", [1]), to: address, on: first, simulation) == nil)
      }
      let key = logKey(broken, 1)
      var object = try #require(cluster.bucket.object(key))
      object[100] ^= 0x10
      cluster.bucket.tamper(key, object)

      let second = cluster.newServer("second")
      let failure = try add(Row("y", [1]), to: broken, on: second, simulation)
      #expect(failure == .damaged("object \(key) is damaged: checksum does not match"))
      #expect(try add(Row("y", [1]), to: whole, on: second, simulation) == nil)
      let names = try simulation.value(on: second.node) {
        try await second.engine.collections(
          tenant: Self.tenant, database: Self.database, limit: nil, offset: 0,
          options: ReadOptions()
        ).map(\.definition.name)
      }
      #expect(names.sorted() == ["broken", "whole"])
    }
  }

  @Test(
    "a damaged catalog, or one of a newer format, ends the start and is named", arguments: [6, 90])
  func damagedCatalog(index: Int) throws {
    try SeedRunner(seeds: 1).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 1, profile: .calm)
      _ = try create("c", on: cluster.servers[0], simulation)
      let key = "vector_db/catalog/log/00000000000000000001"
      var object = try #require(cluster.bucket.object(key))
      object[index] ^= 2
      cluster.bucket.tamper(key, object)
      _ = cluster.newServer("second")
      let failure = #expect(throws: SimulationFailure.self) {
        try simulation.run(for: .seconds(60))
      }
      #expect(failure?.code == .taskFailed)
      #expect(failure?.message.contains(key) == true)
    }
  }

  @Test("a server that was told another grace period than the bucket's does not start")
  func otherGrace() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, grace: .seconds(60))
      _ = try create("c", on: cluster.servers[0], simulation)
      let other = SimulatedServer(
        name: "other", on: cluster.bucket, in: simulation, profile: .calm,
        configuration: EngineConfiguration(prefix: "vector_db/", grace: .seconds(61)),
        rules: .all)
      let failure = #expect(throws: SimulationFailure.self) {
        try simulation.run(for: .seconds(60))
      }
      #expect(failure?.message.contains("APUS_GRACE is 61.0 s") == true)
      #expect(other.engine.readiness != .ready)
    }
  }

  @Test("a position that the log does not have is an error at once, one that it has is waited for")
  func minimumPosition() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let cluster = SimulatedCluster(simulation, servers: 2, profile: .calm)
      let (a, b) = (cluster.servers[0], cluster.servers[1])
      let address = try create("c", on: a, simulation)
      let reading = { (position: UInt64) in
        try simulation.value(on: b.node) {
          do throws(EngineError) {
            let options = ReadOptions(minimumLogPosition: position)
            return Result<Int, EngineError>.success(
              try await b.engine.count(in: address, options: options).count)
          } catch {
            return .failure(error)
          }
        }
      }
      #expect(try reading(0) == .success(0))
      #expect(try add(Row("x", [1]), to: address, on: a, simulation) == nil)
      #expect(try reading(0) == .success(0))
      #expect(try reading(1) == .success(1))
      #expect(try reading(2) == .failure(.positionAhead(demanded: 2, head: 1)))
    }
  }
}
