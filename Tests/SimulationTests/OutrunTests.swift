import CommitLog
import Engine
import Model
import Simulation
import Synchronization
import Testing

@Suite("A server that sleeps while the beginning of a log is deleted")
struct OutrunTests {
  private static func batch(_ id: String) -> RecordBatch {
    RecordBatch(ids: [Text(id)], embeddings: EmbeddingColumn(dimension: 1, components: [1]))
  }

  @Test("keeps the segments that it has open, and fetches those alone that are new")
  func keepsSegments() throws {
    try SeedRunner(seeds: 10).run { simulation in
      var flushing = MaintenanceConfiguration()
      flushing.flushEntries = 1
      flushing.mergeFanIn = 1000
      flushing.collectInterval = .seconds(10)
      var following = MaintenanceConfiguration()
      following.isEnabled = false
      let cluster = SimulatedCluster(
        simulation, servers: 2, profile: .calm, maintenance: [flushing, following])
      let client = simulation.node("client")
      let (writer, sleeper) = (cluster.servers[0], cluster.servers[1])

      func ask<Answer: Sendable>(
        _ server: SimulatedServer,
        _ body: @escaping @Sendable (Engine) async throws(EngineError) -> Answer
      ) throws -> Answer {
        try simulation.value(on: client) {
          guard
            case .answered(let answer) = await server.call(
              in: simulation, timeout: .seconds(200), body)
          else { throw CancellationError() }
          return answer
        }
      }
      let collection = try ask(writer) { engine throws(EngineError) in
        try await engine.createCollection(
          CollectionDefinition(name: "c", metadata: nil, distance: .l2, configuration: "{}"),
          tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: false)
      }
      let address = CollectionAddress(
        tenant: DefaultNames.tenant, database: DefaultNames.database, id: collection.id)
      let prefix = "vector_db/collections/\(collection.id)/segments/"
      func write(_ ids: ClosedRange<Int>) throws {
        for id in ids {
          _ = try ask(writer) { engine throws(EngineError) in
            try await engine.add(Self.batch("id\(id)"), to: address)
          }
          try simulation.run(for: .seconds(5))
        }
      }
      func count(_ server: SimulatedServer) throws -> Int {
        try ask(server) { engine throws(EngineError) in
          try await engine.count(in: address, options: ReadOptions(isStrong: true)).count
        }
      }
      try write(1...5)
      // The sleeper follows, and moves onto the writer's manifest.
      #expect(try count(sleeper) == 5)
      try simulation.run(for: .seconds(60))
      #expect(try count(sleeper) == 5)
      try simulation.run(for: .seconds(10))
      let known = Set(cluster.bucket.keys(prefix: prefix))
      #expect(known.count == 5)

      simulation.pause(sleeper.node, for: .seconds(300))
      try write(6...7)
      try simulation.run(for: .seconds(250))
      #expect(cluster.bucket.keys(prefix: "vector_db/collections/\(collection.id)/log/").isEmpty)
      let read = Mutex<[String]>([])
      let beginnings = Mutex(0)
      cluster.bucket.observeCalls { call in
        guard call.node == sleeper.node.name else { return }
        if call.kind == .get, call.subject.hasPrefix(prefix) {
          read.withLock { $0.append(call.subject) }
        }
        // Only reading a log from its beginning takes a list.
        if call.kind == .list, call.subject.contains("\(collection.id)/manifest") {
          beginnings.withLock { $0 += 1 }
        }
      }
      try simulation.run(for: .seconds(60))
      #expect(try count(sleeper) == 7)
      let fetched = Set(read.withLock { $0 })
      #expect(fetched == Set(cluster.bucket.keys(prefix: prefix)).subtracting(known))
      #expect(fetched.count == 2)
      #expect(beginnings.withLock { $0 } > 0)
    }
  }
}
