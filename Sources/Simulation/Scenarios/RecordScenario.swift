package import CommitLog
package import Engine
import Model
import Synchronization

/// Clients write and read a few records of one collection through several servers, while servers are killed,
/// paused and cut off and the store misbehaves; then every promise is checked.
package final class RecordScenario: Sendable {
  package struct Size: Sendable {
    package var servers = 3
    package var clients = 4
    package var operationsPerClient = 12
    package var ids = 4
    package var isStormy = true
    /// How segments are written, merged and deleted meanwhile, by number of the server; empty: not at all.
    package var maintenance = [MaintenanceConfiguration.eager]
    /// Servers sleep for so many seconds now and then.
    package var naps: ClosedRange<Int64>?
    /// The store's clock is set back now and then by the time for which a server has slept.
    package var setsStoreBack = false
    /// Servers sleep for so many seconds after one of `napOdds` segments that they have written.
    package var napsAfterUploads: ClosedRange<Int64>?
    package var napOdds: UInt64 = 4
    /// The only one that does so; nil: all.
    package var napper: Int?
    package var time = SimulatedBucket.Time()
    /// The server dies right after this many objects were written or deleted by maintenance, before it learns of it.
    package var diesAfterWrite: Int?
    /// A client waits at most so long between two requests.
    package var pauseMax = Duration.seconds(3)
    /// How often a byte of an answer is flipped on its way.
    package var corruption = 0.0
    package init() {}
  }

  let simulation: SimulationScheduler
  let size: Size
  let cluster: SimulatedCluster
  let clientNode: SimulatedNode
  let random: any RandomSource
  let history = Mutex<[Int: [HistoryEvent<RecordRegister>]]>([:])
  /// Dimensions of the vectors that adds into the empty collection were acknowledged with.
  let acknowledgedDimensions = Mutex<Set<Int>>([])
  /// Answers that no history can excuse.
  let complaints = Mutex<[String]>([])
  let lastNumber = Mutex(0)
  let unfinishedClients: Mutex<Int>

  private init(_ simulation: SimulationScheduler, size: Size, rules: SafetyRules) {
    self.simulation = simulation
    self.size = size
    var profile = size.isStormy ? FaultProfile.stormy : .calm
    profile.corrupted = size.corruption
    cluster = SimulatedCluster(
      simulation, servers: size.servers, profile: profile, rules: rules,
      maintenance: size.maintenance, time: size.time)
    clientNode = simulation.node("clients")
    random = clientNode.random
    unfinishedClients = Mutex(size.clients)
  }

  /// Runs the scenario to its end.
  /// - Throws: `SimulationFailure`, if a promise was broken.
  @discardableResult
  package static func run(
    _ simulation: SimulationScheduler, size: Size = Size(), rules: SafetyRules = .all
  ) throws(SimulationFailure) -> MaintenanceActivity {
    let scenario = RecordScenario(simulation, size: size, rules: rules)
    try scenario.run()
    return MaintenanceActivity(scenario.cluster.bucket)
  }

  private func run() throws(SimulationFailure) {
    let address = try createCollection()
    try raceForDimension(address)
    for client in 0..<size.clients {
      simulation.spawn(on: clientNode) {
        await self.runClient(client, address)
        self.unfinishedClients.withLock { $0 -= 1 }
      }
    }
    if size.isStormy {
      let node = simulation.node("havoc")
      simulation.spawn(on: node) {
        await self.cluster.wreakHavoc(node.random, on: node) {
          self.unfinishedClients.withLock { $0 == 0 }
        }
      }
    }
    if let naps = size.naps {
      let node = simulation.node("sandman")
      simulation.spawn(on: node) {
        await self.cluster.putToSleep(
          for: naps, setsStoreBack: self.size.setsStoreBack, node.random, on: node
        ) {
          self.unfinishedClients.withLock { $0 == 0 }
        }
      }
    }
    if let naps = size.napsAfterUploads {
      cluster.napAfterUploads(
        for: naps, odds: size.napOdds, by: size.napper, simulation.node("uploads").random)
    }
    if let number = size.diesAfterWrite { cluster.killAfterMaintenanceWrite(number) }
    try simulation.run(within: .seconds(40_000)) { unfinishedClients.withLock { $0 == 0 } }
    cluster.calmDown()
    // Late requests land, paused servers wake up.
    try simulation.run(
      for: .seconds(max(200, size.naps?.upperBound ?? 0, size.napsAfterUploads?.upperBound ?? 0)))
    try check(address)
  }

  // MARK: Beginning

  private func createCollection() throws(SimulationFailure) -> CollectionAddress {
    let definition = CollectionDefinition(
      name: "records", metadata: nil, distance: .l2, configuration: "{}")
    return try simulation.value(on: clientNode) {
      while true {
        let server = self.cluster.servers[0]
        let result = await server.call(in: self.simulation) { engine throws(EngineError) in
          try await engine.createCollection(
            definition, tenant: DefaultNames.tenant,
            database: DefaultNames.database, getOrCreate: true
          ).id
        }
        if case .answered(let id) = result {
          return CollectionAddress(
            tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
        }
        try await self.clientNode.clock.sleep(for: .seconds(1))
      }
    }
  }

  /// Adds of several dimensions at once into the empty collection: all that are acknowledged must agree.
  private func raceForDimension(_ address: CollectionAddress) throws(SimulationFailure) {
    let open = Mutex(4)
    for racer in 0..<4 {
      simulation.spawn(on: clientNode) {
        let server = self.cluster.servers[racer / 2 % self.size.servers]
        let dimension = 2 + racer % 2
        let batch = RecordBatch(
          ids: [Text("dimension-\(racer)")],
          embeddings: EmbeddingColumn(
            dimension: dimension, components: [Float](repeating: 0, count: dimension)))
        let result = await server.call(in: self.simulation) { engine throws(EngineError) in
          try await engine.add(batch, to: address)
        }
        if case .answered = result {
          _ = self.acknowledgedDimensions.withLock { $0.insert(dimension) }
        }
        open.withLock { $0 -= 1 }
      }
    }
    try simulation.run(within: .seconds(300)) { open.withLock { $0 == 0 } }
  }

  func complain(_ complaint: String) { complaints.withLock { $0.append(complaint) } }
}
