package import CommitLog
package import Engine
import Model
import Synchronization

/// Clients do everything that can be done with records, in several collections through several servers, while
/// segments are written, merged and deleted and servers are killed, paused and cut off. A plain list of records per
/// collection must explain every answer, and at the end nothing of what was deleted is in any byte of the bucket.
package final class ModelScenario: Sendable {
  package struct Size: Sendable {
    package var servers = 3
    package var clients = 3
    package var rounds = 3
    package var operationsPerRound = 12
    /// Records that a write or an id in a read is chosen among; the window moves on, and what it leaves stays.
    package var ids = 14
    package var isStormy = false
    /// A client waits at most so long between two requests.
    package var pauseMax = Duration.seconds(40)
    package var grace = Duration.seconds(60)
    package var syncInterval = Duration.seconds(7)
    package var maintenance = [MaintenanceConfiguration.eager]
    /// Time between two faults of a storm, at most.
    package var havocPauseMax = Duration.seconds(4)
    /// Servers sleep for so many seconds now and then.
    package var naps: ClosedRange<Int64>?
    /// The store's clock is set back now and then by the time for which a server has slept.
    package var setsStoreBack = false
    /// Servers sleep for so many seconds after one of `napOdds` segments that they have written.
    package var napsAfterUploads: ClosedRange<Int64>?
    package var napOdds: UInt64 = 4
    /// The only one that does so; nil: all.
    package var napper: Int?
    /// Larger segments go in parts.
    package var partBytes = 1500
    /// The server that is about to send its request of this number, counted over all servers, dies before it.
    package var diesBeforeCall: Int?
    /// And the one that is about to send the so many-th after that.
    package var diesAgainAfter: Int?
    /// Servers find local copies that earlier processes left, in any state.
    package var leavesCopies = false
    /// The model is told nothing of every so many-th acknowledged upsert: a check that sees this works.
    package var forgetsEvery: Int?
    package init() {}

    /// What a server that slept for longer than G writes into a deleted collection may stay.
    var deletesCollection: Bool { naps == nil && napsAfterUploads == nil }
  }

  /// What happened in a run.
  package struct Report: Sendable {
    package var activity: MaintenanceActivity
    /// Requests that servers were about to send, by kind.
    package var calls: [StoreRequestKind: Int]
  }

  struct Collection: Sendable {
    let address: CollectionAddress
    let distance: Distance
  }

  struct Creation: Sendable {
    let time: Duration
    let object: [UInt8]
  }

  /// The newest acknowledged write of a collection.
  struct Mark: Sendable {
    var position: UInt64 = 0
    /// Of those through each server.
    var byNode: [String: UInt64] = [:]
  }

  let simulation: SimulationScheduler
  let size: Size
  let cluster: SimulatedCluster
  let clientNode: SimulatedNode
  let random: any RandomSource
  let collections = Mutex<[Collection]>([])
  /// Per collection.
  let history = Mutex<[[PositionedEvent]]>([])
  /// Every object that was created, as it was the first time, also if it is gone: among them the entries of all logs.
  let creations = Mutex<[String: Creation]>([:])
  let marks = Mutex<[Mark]>([])
  /// Answers that no history can excuse.
  let complaints = Mutex<[String]>([])
  let lastNumber = Mutex(0)
  let unfinishedClients = Mutex(0)
  private let calls = Mutex<[StoreRequestKind: Int]>([:])
  private let isOver = Mutex(false)

  private init(_ simulation: SimulationScheduler, size: Size, rules: SafetyRules) {
    self.simulation = simulation
    self.size = size
    cluster = SimulatedCluster(
      simulation, servers: size.servers, profile: size.isStormy ? .stormy : .calm, rules: rules,
      grace: size.grace, syncInterval: size.syncInterval, maintenance: size.maintenance,
      partBytes: size.partBytes, leavesCopies: size.leavesCopies)
    clientNode = simulation.node("clients")
    random = clientNode.random
  }

  /// Runs the scenario to its end.
  /// - Throws: `SimulationFailure`, if a promise was broken.
  @discardableResult
  package static func run(
    _ simulation: SimulationScheduler, size: Size = Size(), rules: SafetyRules = .all
  ) throws(SimulationFailure) -> Report {
    let scenario = ModelScenario(simulation, size: size, rules: rules)
    try scenario.run()
    return Report(
      activity: MaintenanceActivity(scenario.cluster.bucket),
      calls: scenario.calls.withLock { $0 })
  }

  private func run() throws(SimulationFailure) {
    countCalls()
    cluster.bucket.observeCreations { entry, object in
      self.creations.withLock { creations in
        guard creations[entry.key] == nil else { return }
        creations[entry.key] = Creation(time: entry.time, object: object)
      }
    }
    for (index, distance) in [Distance.l2, .cosine, .innerProduct].enumerated() {
      let address = try createCollection("collection-\(index)", distance)
      collections.withLock { $0.append(Collection(address: address, distance: distance)) }
      history.withLock { $0.append([]) }
      marks.withLock { $0.append(Mark()) }
    }
    disturb()
    let doomed = size.deletesCollection ? try createDoomed() : nil
    for round in 0..<size.rounds {
      unfinishedClients.withLock { $0 = size.clients }
      for _ in 0..<size.clients {
        simulation.spawn(on: clientNode) {
          await self.runClient()
          self.unfinishedClients.withLock { $0 -= 1 }
        }
      }
      try simulation.run(within: .seconds(400_000)) { unfinishedClients.withLock { $0 == 0 } }
      try compareServers(cluster.servers, mustAnswer: false)
      if round == 0, let doomed { try delete(doomed) }
    }
    isOver.withLock { $0 = true }
    cluster.calmDown()
    // Late requests land, paused servers wake up.
    let longest = max(
      200, size.naps?.upperBound ?? 0, size.napsAfterUploads?.upperBound ?? 0)
    try simulation.run(for: .seconds(longest))
    try check()
  }

  private func disturb() {
    let isOver: @Sendable () -> Bool = { self.isOver.withLock { $0 } }
    if size.isStormy {
      let node = simulation.node("havoc")
      simulation.spawn(on: node) {
        await self.cluster.wreakHavoc(
          node.random, on: node, pauseMax: self.size.havocPauseMax, isOver: isOver)
      }
    }
    if let naps = size.naps {
      let node = simulation.node("sandman")
      simulation.spawn(on: node) {
        await self.cluster.putToSleep(
          for: naps, setsStoreBack: self.size.setsStoreBack, node.random, on: node, isOver: isOver)
      }
    }
    if let naps = size.napsAfterUploads {
      cluster.napAfterUploads(
        for: naps, odds: size.napOdds, by: size.napper, simulation.node("uploads").random)
    }
  }

  /// Counts the servers' requests, and kills who is about to send the chosen one; another starts soon after.
  private func countCalls() {
    let (first, second) = (size.diesBeforeCall, size.diesAgainAfter)
    cluster.bucket.observeCalls { call in
      guard let index = self.cluster.servers.firstIndex(where: { $0.node.name == call.node })
      else { return }
      let number = self.calls.withLock { calls in
        calls[call.kind, default: 0] += 1
        return calls.values.reduce(0, +)
      }
      guard let first, number == first || second.map({ number == first + $0 }) ?? false else {
        return
      }
      self.simulation.note("dies before \(call.kind)", call.subject)
      self.cluster.restart(index, after: .seconds(3))
    }
  }

  // MARK: A collection that is deleted

  private static let doomed: Text = "~~n1~~"

  private func createDoomed() throws(SimulationFailure) -> CollectionAddress {
    let address = try createCollection(Self.doomed.string, .l2)
    for _ in 0..<4 {
      let number = draw().number
      let record = PlainChange(
        id: Text("~~i\(number)~~"), vector: [1, 2, 3], document: Text("~~d\(number).0~~"),
        metadata: ["t": .string(Text("~~m\(number).0~~"))])
      _ = try simulation.value(on: clientNode) {
        await self.cluster.servers[0].call(in: self.simulation) { engine throws(EngineError) in
          try await engine.upsert([record].batch, to: address)
        }
      }
    }
    return address
  }

  /// All of it must be gone in the end, its name included.
  private func delete(_ doomed: CollectionAddress) throws(SimulationFailure) {
    try simulation.value(on: clientNode) {
      while true {
        let result = await self.cluster.servers[0].call(in: self.simulation) {
          engine throws(EngineError) in
          try await engine.deleteCollection(
            named: Self.doomed, tenant: doomed.tenant, database: doomed.database)
        }
        switch result {
        case .answered, .refused(.collectionNotFound): return
        case .refused, .unknown: try await self.clientNode.clock.sleep(for: .seconds(1))
        }
      }
    }
  }

  private func createCollection(
    _ name: String, _ distance: Distance
  ) throws(SimulationFailure) -> CollectionAddress {
    let definition = CollectionDefinition(
      name: Text(name), metadata: nil, distance: distance, configuration: "{}")
    return try simulation.value(on: clientNode) {
      while true {
        let result = await self.cluster.servers[0].call(in: self.simulation) {
          engine throws(EngineError) in
          try await engine.createCollection(
            definition, tenant: DefaultNames.tenant, database: DefaultNames.database,
            getOrCreate: true
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

  func complain(_ complaint: String) { complaints.withLock { $0.append(complaint) } }
}
