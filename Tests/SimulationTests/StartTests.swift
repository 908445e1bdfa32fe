import CommitLog
import Engine
import Foundation
import Model
import Simulation
import Synchronization
import Testing

/// A store on which every request takes 20 ms and any number go at once: what a start takes, divided by that, is the
/// number of requests that had to wait for one another.
@Suite("Starts in round trips")
struct StartTests {
  private struct Start {
    /// From the start to the first answer about the last of the collections.
    var firstAnswer = 0
    /// Until every collection has answered.
    var allAnswers = 0
    var lists = 0
    var bucketObjects = 0
  }

  private static let roundTrip = Duration.milliseconds(20)

  /// Fills collections with records, a log entry each, while every so many entries bring a manifest and nothing is
  /// deleted; then starts a new server.
  private func start(
    _ simulation: SimulationScheduler, collections: Int, entries: Int, entriesPerManifest: Int
  ) throws -> Start {
    var maintenance = MaintenanceConfiguration()
    maintenance.flushEntries = entriesPerManifest
    maintenance.mergeFanIn = .max
    let cluster = SimulatedCluster(
      simulation, servers: 1, profile: .fixed(put: .milliseconds(1), get: .milliseconds(1)),
      grace: .seconds(86_400), maintenance: [maintenance])
    let clients = simulation.node("clients")
    let writing = cluster.servers[0]
    let ids = Mutex<[Int: UniqueID]>([:])
    for index in 0..<collections {
      simulation.spawn(on: clients) {
        let created = await writing.call(in: simulation, timeout: .seconds(600)) {
          engine throws(EngineError) in
          try await engine.createCollection(
            CollectionDefinition(
              name: Text("collection-\(index)"), metadata: nil, distance: .l2, configuration: "{}"),
            tenant: DefaultNames.tenant, database: DefaultNames.database, getOrCreate: true
          ).id
        }
        guard case .answered(let id) = created else { return }
        for number in 0..<entries {
          // Time for a flush, so that the tails at the end are as long in each case.
          if number.isMultiple(of: entriesPerManifest) {
            try? await clients.clock.sleep(for: .seconds(1))
          }
          let batch = RecordBatch(
            ids: [Text("\(number)")],
            embeddings: EmbeddingColumn(dimension: 2, components: [0, Float(number)]))
          _ = await writing.call(in: simulation, timeout: .seconds(600)) {
            engine throws(EngineError) in try await engine.add(batch, to: Self.address(id))
          }
        }
        ids.withLock { $0[index] = id }
      }
    }
    try simulation.run(within: .seconds(100_000)) {
      ids.withLock { $0.count == collections }
    }
    try simulation.run(for: .seconds(30))
    simulation.kill(writing.node)

    let profile = FaultProfile.fixed(put: Self.roundTrip, get: Self.roundTrip)
    let fresh = SimulatedServer(
      name: "fresh", on: cluster.bucket, in: simulation, profile: profile,
      configuration: EngineConfiguration(
        prefix: "vector_db/", grace: .seconds(86_400), syncInterval: .seconds(3600),
        probesStore: false, maintenance: .none),
      rules: .all)
    let began = simulation.now
    let last = ids.withLock { $0.values.max() }
    let answered = Mutex<[UniqueID: Duration]>([:])
    for id in ids.withLock({ Array($0.values) }) {
      simulation.spawn(on: clients) {
        // The others are asked for later, so that the first is no race between a thousand.
        if id != last { try? await clients.clock.sleep(for: Self.roundTrip * 20) }
        let answer = await fresh.call(in: simulation, timeout: .seconds(600)) {
          engine throws(EngineError) in
          try await engine.count(in: Self.address(id), options: ReadOptions()).count
        }
        guard case .answered(entries) = answer else { return }
        answered.withLock { $0[id] = simulation.now - began }
      }
    }
    try simulation.run(within: .seconds(1000)) { answered.withLock { $0.count == collections } }
    let times = answered.withLock { $0 }
    func trips(_ time: Duration?) -> Int {
      Int((time.map(\.inSeconds) ?? .infinity) / Self.roundTrip.inSeconds + 0.5)
    }
    return Start(
      firstAnswer: trips(last.flatMap { times[$0] }), allAnswers: trips(times.values.max()),
      lists: cluster.bucket.requests(.list, from: fresh.node),
      bucketObjects: cluster.bucket.keys().count)
  }

  private static func address(_ id: UniqueID) -> CollectionAddress {
    CollectionAddress(tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
  }

  /// APUS_START_SCALE=1000: 1,000 collections, 100,000 entries, 2,000 manifests.
  @Test("the first answer does not wait longer the more there is in the bucket")
  func history() throws {
    let scale =
      ProcessInfo.processInfo.environment["APUS_START_SCALE"].flatMap { Int($0) } ?? 60
    try SeedRunner(seeds: 1).run { simulation in
      let few = try start(simulation, collections: 10, entries: 10, entriesPerManifest: 8)
      let second = SimulationScheduler(seed: simulation.seed)
      defer { second.tearDown() }
      let many = try start(
        second, collections: scale, entries: 100, entriesPerManifest: 49)
      print("round trips of a start with few: \(few); with many: \(many)")
      guard many.firstAnswer <= few.firstAnswer, many.bucketObjects > 100 * scale else {
        throw SimulationFailure(.invariant, "few: \(few), many: \(many)")
      }
      // One for the catalog and one per collection, each of one key.
      guard many.lists <= scale + 2 else { throw SimulationFailure(.invariant, "many: \(many)") }
    }
  }
}
