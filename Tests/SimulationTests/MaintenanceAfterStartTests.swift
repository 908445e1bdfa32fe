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

  @Test("segments are merged once they are many, however small they are to stay")
  func crowd() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var maintenance = MaintenanceConfiguration()
      maintenance.flushEntries = 1
      maintenance.segmentBytesMax = 1
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .fixed(put: .milliseconds(1), get: .milliseconds(1)),
        maintenance: [maintenance])
      let clients = simulation.node("clients")
      let server = cluster.servers[0]
      let address = try simulation.value(on: clients) {
        await Self.fill(server, in: simulation, records: 600, pause: .milliseconds(20))
      }
      try simulation.run(for: .seconds(10))
      guard let address else { throw SimulationFailure(.invariant, "nothing was written") }
      let keys = LogKeys(prefix: "vector_db/collections/\(address.id)/")
      let newest = cluster.bucket.keys(prefix: keys.manifestPrefix).first
      guard let newest, let number = keys.manifestNumber(of: newest),
        let body = cluster.bucket.object(newest),
        let manifest = try ManifestCodec.decode(body, number: number, key: newest)
      else { throw SimulationFailure(.invariant, "no manifest") }
      let parts = try ManifestPayload(encoded: manifest.payload).parts
      guard number > 500, (64...257).contains(parts.count) else {
        throw SimulationFailure(.invariant, "manifest \(number) has \(parts.count) segments")
      }
    }
  }

  @Test("a tail becomes a segment once nothing is written, and not as long as something is")
  func quietTail() throws {
    try SeedRunner(seeds: 5).run { simulation in
      var maintenance = MaintenanceConfiguration()
      maintenance.quietBytes = 1
      maintenance.quietTime = .seconds(10)
      let cluster = SimulatedCluster(
        simulation, servers: 2, profile: .calm, maintenance: [maintenance])
      let clients = simulation.node("clients")
      func segmentCount() -> Int {
        cluster.bucket.keys().count { $0.contains("/segments/") }
      }
      let address = try simulation.value(on: clients) {
        await Self.fill(cluster.servers[0], in: simulation, pause: .seconds(5))
      }
      guard let address, segmentCount() == 0 else {
        throw SimulationFailure(.invariant, "\(segmentCount()) segments while records came")
      }
      try simulation.run(for: .seconds(60))
      guard segmentCount() == 1 else {
        throw SimulationFailure(.invariant, "\(segmentCount()) segments after a minute's quiet")
      }
      let count = try simulation.value(on: clients) {
        await cluster.servers[1].call(in: simulation) { engine throws(EngineError) in
          try await engine.count(in: address, options: ReadOptions()).count
        }
      }
      guard case .answered(40) = count else {
        throw SimulationFailure(.invariant, "40 records became \(count)")
      }
    }
  }

  @Test(
    "memory in which a full tail became a segment is kept for a while, that of a quiet one is not")
  func keptMemory() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var maintenance = MaintenanceConfiguration()
      maintenance.quietBytes = 1
      maintenance.quietTime = .seconds(5)
      for (flushEntries, isKept) in [(1, true), (1000, false)] {
        maintenance.flushEntries = flushEntries
        let cluster = SimulatedCluster(
          simulation, servers: 1, profile: .calm, maintenance: [maintenance])
        let (server, clients) = (cluster.servers[0], simulation.node("clients"))
        let address = try simulation.value(on: clients) {
          await Self.fill(server, in: simulation, records: 1, dimension: 400_000)
        }
        guard address != nil else { throw SimulationFailure(.invariant, "nothing was written") }
        var kept: [Int] = []
        for _ in 0..<12 {
          try simulation.run(for: .seconds(5))
          let bytes = try simulation.value(on: clients) {
            await server.call(in: simulation) { engine throws(EngineError) in engine.keptBytes }
          }
          guard case .answered(let bytes) = bytes else { continue }
          kept.append(bytes)
        }
        let segments = cluster.bucket.keys().count { $0.contains("/segments/") }
        guard segments == 1, isKept == kept.contains(where: { $0 > 1_600_000 }), kept.last == 0
        else { throw SimulationFailure(.invariant, "\(segments) segments, kept: \(kept)") }
        for server in cluster.servers { simulation.kill(server.node) }
      }
    }
  }

  @Test("a tail that is nearly a segment becomes one after a shorter quiet")
  func nearlyFullTail() throws {
    try SeedRunner(seeds: 3).run { simulation in
      var maintenance = MaintenanceConfiguration()
      maintenance.quietBytes = 1
      maintenance.quietTime = .seconds(100)
      /// The bytes of the tail, and the segments after a minute of quiet.
      func settle(_ flushBytes: Int) throws -> (tailBytes: Int, segments: Int) {
        maintenance.flushBytes = flushBytes
        let cluster = SimulatedCluster(
          simulation, servers: 1, profile: .calm, maintenance: [maintenance])
        let clients = simulation.node("clients")
        let address = try simulation.value(on: clients) {
          await Self.fill(cluster.servers[0], in: simulation)
        }
        guard let address else { throw SimulationFailure(.invariant, "nothing was written") }
        let log = LogKeys(prefix: "vector_db/collections/\(address.id)/")
        let entries = try cluster.bucket.keys().compactMap { key -> LogEntry? in
          guard let number = log.entryNumber(of: key), let object = cluster.bucket.object(key)
          else { return nil }
          return try LogEntryCodec.decode(object, number: number, key: key)
        }
        try simulation.run(for: .seconds(60))
        let segments = cluster.bucket.keys().count { $0.contains("/segments/") }
        for server in cluster.servers { simulation.kill(server.node) }
        return (entries.reduce(0) { $0 + $1.payload.count }, segments)
      }
      let begun = try settle(1 << 30)
      let full = try settle(begun.tailBytes + begun.tailBytes / 10)
      guard begun.segments == 0, full.segments == 1, full.tailBytes == begun.tailBytes else {
        throw SimulationFailure(.invariant, "\(begun), \(full)")
      }
    }
  }

  private static func fill(
    _ server: SimulatedServer, in simulation: SimulationScheduler, records: Int = 40,
    pause: Duration = .zero, dimension: Int = 2
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
    for number in 0..<records {
      if pause > .zero { try? await server.node.clock.sleep(for: pause) }
      let batch = RecordBatch(
        ids: [Text("\(number)")],
        embeddings: EmbeddingColumn(
          dimension: dimension,
          components: [Float](repeating: 0, count: dimension - 1) + [Float(number)]))
      _ = await server.call(in: simulation) { engine throws(EngineError) in
        try await engine.add(batch, to: address)
      }
    }
    return address
  }
}
