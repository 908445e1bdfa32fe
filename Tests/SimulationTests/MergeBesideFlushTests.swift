import CommitLog
import Engine
import Logging
import Model
import Segments
import Simulation
import Testing

@Suite("A merge that takes long")
struct MergeBesideFlushTests {
  /// One server, whose third segment, which is the first two merged, takes until it is released.
  private struct Lab {
    let simulation: SimulationScheduler
    let bucket: SimulatedBucket
    let node: SimulatedNode
    let store: HeldUploadStore
    let engine: Engine
    let address: CollectionAddress

    init(_ simulation: SimulationScheduler) throws {
      self.simulation = simulation
      bucket = SimulatedBucket(simulation)
      node = simulation.node("server")
      store = HeldUploadStore(bucket.store(for: node, .calm), clock: node.clock, heldUpload: 3)
      var maintenance = MaintenanceConfiguration.eager
      maintenance.tailAgeMax = .seconds(100_000)
      maintenance.eraseAfter = .seconds(100_000)
      let engine = Engine(
        configuration: EngineConfiguration(
          prefix: "vector_db/", grace: .seconds(60), syncInterval: .seconds(7),
          requestDeadline: .seconds(8), probesStore: false, maintenance: maintenance),
        store: store, clock: node.clock, random: node.random,
        logger: Logger(label: "server") { _ in SwiftLogNoOpLogHandler() },
        workspace: MemoryWorkspace())
      simulation.spawn(on: node) { try await engine.run() }
      self.engine = engine
      let id = try simulation.value(on: node) {
        try await engine.createCollection(
          CollectionDefinition(name: "c", metadata: nil, distance: .l2, configuration: "{}"),
          tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: false
        ).id
      }
      address = CollectionAddress(
        tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
    }

    /// Enough entries for a flush.
    func write(_ ids: Range<Int>) throws {
      for id in ids {
        try simulation.value(on: node) { [engine, address] in
          let record = PlainChange(id: Text("r\(id)"), vector: [Float(id)])
          _ = try await engine.upsert([record].batch, to: address)
        }
      }
      try simulation.run(for: .seconds(2))
    }

    func delete(_ ids: Range<Int>) throws {
      try simulation.value(on: node) { [engine, address] in
        let doomed = ids.map { Text("r\($0)") }
        _ = try await engine.delete(
          DeleteRequest(selection: RecordSelection(ids: doomed), limit: nil), from: address)
      }
    }

    var manifestCount: Int {
      bucket.keys(prefix: "vector_db/collections/\(address.id)/manifest/").count
    }

    func expectRecords(_ ids: [Int]) throws {
      let found = try simulation.value(on: node) { [engine, address] in
        try await engine.get(
          GetRequest(selection: RecordSelection(), fields: []), from: address,
          options: ReadOptions()
        ).records.map(\.id)
      }
      #expect(found == ids.map { Text("r\($0)") })
      let inspector = bucket.store(for: simulation.node("inspector"), .calm)
      let problems = try simulation.value(on: simulation.node("reader")) {
        try await BucketInspection(store: inspector, prefix: "vector_db/", isThorough: true).run()
          .problems
      }
      #expect(problems.isEmpty)
    }
  }

  @Test("does not keep the same collection's flushes waiting, and ends well")
  func flushesPass() throws {
    for seed in UInt64(0)..<10 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      let lab = try Lab(simulation)
      try lab.write(0..<4)
      try lab.write(4..<8)
      #expect(lab.store.isHeld && lab.manifestCount == 2, "seed \(seed)")
      // Rows of both inputs die while they are being merged.
      try lab.delete(2..<6)
      try lab.write(8..<11)
      #expect(lab.store.isHeld && lab.manifestCount == 3, "seed \(seed)")
      try lab.write(11..<15)
      #expect(lab.store.isHeld && lab.manifestCount == 4, "seed \(seed)")
      try lab.expectRecords([0, 1] + Array(6..<15))
      lab.store.release()
      try simulation.run(for: .seconds(30))
      #expect(!lab.store.isHeld && lab.manifestCount > 4, "seed \(seed)")
      try lab.expectRecords([0, 1] + Array(6..<15))
    }
  }

  @Test("and is cut off by a crash leaves nothing wrong")
  func crash() throws {
    let simulation = SimulationScheduler(seed: 1)
    defer { simulation.tearDown() }
    let lab = try Lab(simulation)
    try lab.write(0..<4)
    try lab.write(4..<8)
    #expect(lab.store.isHeld)
    simulation.kill(lab.node)
    let next = SimulatedServer(
      name: "next", on: lab.bucket, in: simulation, profile: .calm,
      configuration: EngineConfiguration(
        prefix: "vector_db/", grace: .seconds(60), syncInterval: .seconds(7),
        requestDeadline: .seconds(8), probesStore: false, maintenance: .eager),
      rules: .all)
    try simulation.run(for: .seconds(200))
    let count = try simulation.value(on: next.node) {
      try await next.engine.count(in: lab.address, options: ReadOptions(isStrong: true)).count
    }
    #expect(count == 8)
  }
}
