import CommitLog
import Engine
import Model
import ObjectStore
import Segments
import Simulation
import Testing

/// Manifests whose checksum is right and whose content is not: nobody has written them, but a bucket may hold them. One
/// hurts its own collection, with an error that says so, and nothing else.
@Suite("Damaged manifests")
struct DamagedManifestTests {
  enum Damage: CaseIterable, Sendable {
    case strayKey, farPosition, farOffset, earlyDeath, lateDeath, deathOfNobody, wideVectors
    case otherDimension, manyRows, moreDeadThanRows, manySegments
  }

  @Test("hurt only their collection", arguments: Damage.allCases)
  func damaged(_ damage: Damage) throws {
    try SeedRunner(seeds: 1).run { simulation in
      var maintenance = MaintenanceConfiguration()
      maintenance.flushEntries = 4
      let cluster = SimulatedCluster(
        simulation, servers: 1, profile: .calm, maintenance: [maintenance])
      let clients = simulation.node("clients")
      let writing = cluster.servers[0]
      let ids = try simulation.value(on: clients) {
        [
          await Self.fill("damaged", writing, in: simulation),
          await Self.fill("whole", writing, in: simulation),
        ].compactMap { $0 }
      }
      guard ids.count == 2 else { throw SimulationFailure(.invariant, "nothing was written") }
      try simulation.run(for: .seconds(30))
      simulation.kill(writing.node)
      try apply(damage, to: ids[0], cluster.bucket)

      let fresh = SimulatedServer(
        name: "fresh", on: cluster.bucket, in: simulation, profile: .calm,
        configuration: EngineConfiguration(
          prefix: "vector_db/", grace: .seconds(60), syncInterval: .seconds(7),
          probesStore: false, maintenance: maintenance),
        rules: .all)
      try simulation.run(for: .seconds(30))
      let answers = try simulation.value(on: clients) {
        [await Self.query(ids[0], fresh, simulation), await Self.query(ids[1], fresh, simulation)]
      }
      guard case .refused(.damaged) = answers[0] else {
        throw SimulationFailure(.invariant, "\(damage) was answered \(answers[0])")
      }
      guard case .answered(8) = answers[1] else {
        throw SimulationFailure(.invariant, "beside \(damage): \(answers[1])")
      }
    }
  }

  /// A newest manifest with the damage.
  private func apply(
    _ damage: Damage, to id: UniqueID, _ bucket: SimulatedBucket
  ) throws {
    let keys = LogKeys(prefix: "vector_db/collections/\(id)/")
    if damage == .strayKey {
      return bucket.tamper(keys.manifestPrefix + String(repeating: "0", count: 20), [1, 2, 3])
    }
    let key = try #require(bucket.keys(prefix: keys.manifestPrefix).first)
    let number = try #require(keys.manifestNumber(of: key))
    let body = try #require(bucket.object(key))
    let manifest = try #require(try ManifestCodec.decode(body, number: number, key: key))
    var payload = try ManifestPayload(encoded: manifest.payload)
    let old = try #require(payload.parts.first).summary
    func summary(rows: Int? = nil, dimension: Int? = nil) -> SegmentSummary {
      SegmentSummary(
        id: old.id, size: old.size, rowCount: rows ?? old.rowCount,
        dimension: dimension ?? old.dimension, hotOffset: old.hotOffset,
        footerChecksum: old.footerChecksum)
    }
    var position = manifest.position
    payload.parts[0].dead = .inline(
      DeletionVector.encode(RowSet(count: old.rowCount, filledWith: true)))
    payload.parts[0].deadCount = old.rowCount
    payload.liveCount -= UInt64(old.rowCount)
    switch damage {
    case .strayKey: break
    case .farPosition: position = .max
    case .farOffset: payload.nextOffset = .max
    case .earlyDeath: payload.parts[0].deadSince = StoreTime(millisecondsSince1970: .min)
    case .lateDeath: payload.parts[0].deadSince = StoreTime(millisecondsSince1970: .max)
    case .deathOfNobody:
      payload.parts[0].dead = .none
      payload.parts[0].deadCount = 0
      payload.liveCount += UInt64(old.rowCount)
      payload.parts[0].deadSince = StoreTime(millisecondsSince1970: 1)
    case .wideVectors:
      payload.dimension = 1 << 46
      payload.parts[0].summary = summary(rows: 1 << 30, dimension: 1 << 46)
    case .otherDimension: payload.parts[0].summary = summary(dimension: 3)
    case .manyRows: payload.parts[0].summary = summary(rows: Int(Int32.max))
    case .moreDeadThanRows: payload.parts[0].deadCount = old.rowCount + 1
    case .manySegments:
      payload.parts = (0..<1_000).map { _ in
        ManifestPayload.Part(summary: summary(rows: Int(Int32.max)), dead: .none)
      }
    }
    let next = Manifest(
      number: number + 1, writer: manifest.writer, putID: manifest.putID, position: position,
      entryHash: manifest.entryHash, payload: payload.encoded())
    bucket.tamper(keys.manifest(number + 1), ManifestCodec.encode(next))
  }

  private static func query(
    _ id: UniqueID, _ server: SimulatedServer, _ simulation: SimulationScheduler
  ) async -> CallResult<Int> {
    await server.call(in: simulation) { engine throws(EngineError) in
      let request = QueryRequest(
        embeddings: [[1, 1]], count: 20, selection: RecordSelection(), fields: RecordFields())
      return try await engine.query(request, in: address(id), options: ReadOptions())
        .matches.first?.count ?? 0
    }
  }

  private static func address(_ id: UniqueID) -> CollectionAddress {
    CollectionAddress(tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
  }

  private static func fill(
    _ name: Text, _ server: SimulatedServer, in simulation: SimulationScheduler
  ) async -> UniqueID? {
    let created = await server.call(in: simulation) { engine throws(EngineError) in
      try await engine.createCollection(
        CollectionDefinition(name: name, metadata: nil, distance: .l2, configuration: "{}"),
        tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: true
      ).id
    }
    guard case .answered(let id) = created else { return nil }
    for number in 0..<8 {
      let batch = RecordBatch(
        ids: [Text("\(number)")],
        embeddings: EmbeddingColumn(dimension: 2, components: [0, Float(number)]))
      _ = await server.call(in: simulation) { engine throws(EngineError) in
        try await engine.add(batch, to: address(id))
      }
    }
    return id
  }
}
