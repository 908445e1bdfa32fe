package import CommitLog
import Engine
import Model
import Synchronization

/// Clients create, look up, rename and delete collections of a few names through several servers, and write into
/// collections while they are deleted; servers are killed between any two steps.
package final class CatalogScenario: Sendable {
  let simulation: SimulationScheduler
  let cluster: SimulatedCluster
  let clientNode: SimulatedNode
  let random: any RandomSource
  let history = Mutex<[HistoryEvent<NameTable>]>([])
  let complaints = Mutex<[String]>([])
  let lastEvent = Mutex(0)
  let unfinishedClients: Mutex<Int>
  static let names = 2
  static let clients = 3
  static let operationsPerClient = 8

  private init(_ simulation: SimulationScheduler, rules: SafetyRules) {
    self.simulation = simulation
    cluster = SimulatedCluster(
      simulation, servers: 2, profile: .stormy, rules: rules, maintenance: [.eager])
    clientNode = simulation.node("clients")
    random = clientNode.random
    unfinishedClients = Mutex(Self.clients + 1)
  }

  package static func run(
    _ simulation: SimulationScheduler, rules: SafetyRules = .all
  ) throws(SimulationFailure) {
    try CatalogScenario(simulation, rules: rules).run()
  }

  private func run() throws(SimulationFailure) {
    for _ in 0..<Self.clients {
      simulation.spawn(on: clientNode) {
        await self.runClient()
        self.unfinishedClients.withLock { $0 -= 1 }
      }
    }
    simulation.spawn(on: clientNode) {
      for round in 0..<3 { await self.deleteWhileWriting(round) }
      self.unfinishedClients.withLock { $0 -= 1 }
    }
    let node = simulation.node("havoc")
    simulation.spawn(on: node) {
      await self.cluster.wreakHavoc(node.random, on: node) {
        self.unfinishedClients.withLock { $0 == 0 }
      }
    }
    try simulation.run(within: .seconds(7_200)) { unfinishedClients.withLock { $0 == 0 } }
    cluster.calmDown()
    try simulation.run(for: .seconds(200))
    try check()
  }

  func anyServer() -> SimulatedServer {
    let servers = cluster.servers
    return servers[Int(random.next(below: UInt64(servers.count)))]
  }

  func definition(_ name: String) -> CollectionDefinition {
    CollectionDefinition(name: Text(name), metadata: nil, distance: .l2, configuration: "{}")
  }

  // MARK: Names

  private func runClient() async {
    var created: [UniqueID] = []
    for _ in 0..<Self.operationsPerClient {
      let operation = drawOperation(created)
      let called = simulation.now
      let result = await anyServer().call(in: simulation) { engine throws(EngineError) in
        try await self.send(operation, to: engine)
      }
      switch result {
      case .answered(let response):
        if case .create = operation, case .collection(let id) = response { created.append(id) }
        record(operation, called, response)
      case .unknown: record(operation, called, nil)
      case .refused(.unavailable): break
      case .refused(let error): complain("\(operation) was refused: \(error)")
      }
      try? await clientNode.clock.sleep(
        for: .milliseconds(Int64(random.next(below: 2_000))))
    }
  }

  private func record(
    _ operation: NameTable.Operation, _ called: Duration, _ response: NameTable.Response?
  ) {
    let event = HistoryEvent<NameTable>(
      operation, called: called, returned: response == nil ? nil : simulation.now,
      response: response)
    history.withLock { $0.append(event) }
  }

  private func drawOperation(_ created: [UniqueID]) -> NameTable.Operation {
    let name = Int(random.next(below: UInt64(Self.names)))
    let event = lastEvent.withLock { last in
      last += 1
      return last
    }
    switch random.next(below: 10) {
    case 0...2: return .create(name: name, event: event)
    case 3: return .getOrCreate(name: name, event: event)
    case 4...5: return .delete(name: name)
    case 6...7:
      guard let id = created.last else { return .look(name: name) }
      return .rename(id, to: name)
    default: return .look(name: name)
    }
  }

  private func send(
    _ operation: NameTable.Operation, to engine: Engine
  ) async throws(EngineError) -> NameTable.Response {
    let (tenant, database) = (DefaultNames.tenant, DefaultNames.database)
    do throws(EngineError) {
      switch operation {
      case .create(let name, _):
        return .collection(
          try await engine.createCollection(
            definition("name-\(name)"), tenant: tenant, database: database, getOrCreate: false
          ).id)
      case .getOrCreate(let name, _):
        return .collection(
          try await engine.createCollection(
            definition("name-\(name)"), tenant: tenant, database: database, getOrCreate: true
          ).id)
      case .rename(let id, let name):
        try await engine.updateCollection(
          CollectionAddress(tenant: tenant, database: database, id: id)
        ) { $0.name = Text("name-\(name)") }
        return .done
      case .delete(let name):
        try await engine.deleteCollection(
          named: Text("name-\(name)"), tenant: tenant, database: database)
        return .done
      case .look(let name):
        return .collection(
          try await engine.collection(
            named: Text("name-\(name)"), tenant: tenant, database: database,
            options: ReadOptions(isStrong: true)
          ).id)
      }
    } catch {
      switch error {
      case .collectionExists: return .exists
      case .collectionNotFound, .collectionIDNotFound: return .missing
      default: throw error
      }
    }
  }

  func complain(_ complaint: String) { complaints.withLock { $0.append(complaint) } }
}
