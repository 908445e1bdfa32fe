package import CommitLog
package import Engine
import Model
import Synchronization

/// One client writes, replaces and deletes; all the while every byte of the bucket is looked at: what was deleted or
/// replaced is gone in time. Then nobody writes any more, and that holds all the same.
package final class ErasureScenario: Sendable {
  package struct Size: Sendable {
    package var servers = 2
    package var operations = 40
    /// A client waits at most so long between two requests.
    package var pauseMax = Duration.seconds(30)
    /// Servers are killed at any moment as long as the client writes; the bound then counts from the last start.
    package var kills = false
    package var grace = Duration.seconds(60)
    package var maintenance = MaintenanceConfiguration.eager
    /// Larger segments go in parts.
    package var partBytes = 1500
    /// Another bound than the right one: to see that a broken one is noticed.
    package var otherBound: Duration?
    package init() {}

    /// `APUS_ERASE_AFTER` + G + 3 cycles, and the time of the rewriting itself (OPERATIONS.md).
    package var bound: Duration {
      if let otherBound { return otherBound }
      var size = ModelScenario.Size()
      size.grace = grace
      size.maintenance = [maintenance]
      return size.erasureBound
    }
  }

  package struct Report: Sendable {
    /// Texts that were deleted or replaced.
    package var erased = 0
    /// The longest time that one of them was in the bucket after that, to the scan.
    package var longestStay = Duration.zero
  }

  /// What became of the texts.
  private struct Texts {
    /// In how many collections each is: they share ids.
    var counts: [String: Int] = [:]
    /// All that ever were in a collection.
    var written: [UniqueID: Set<String>] = [:]
    /// Since when.
    var dead: [String: Duration] = [:]
    var lastSeen: [String: Duration] = [:]
  }

  private let simulation: SimulationScheduler
  private let size: Size
  private let cluster: SimulatedCluster
  private let clientNode: SimulatedNode
  private let texts = Mutex(Texts())
  private let numbers = Mutex(0)
  private let isOver = Mutex(false)

  private init(_ simulation: SimulationScheduler, size: Size, rules: SafetyRules) {
    self.simulation = simulation
    self.size = size
    cluster = SimulatedCluster(
      simulation, servers: size.servers, profile: .calm, rules: rules, grace: size.grace,
      maintenance: [size.maintenance], partBytes: size.partBytes)
    clientNode = simulation.node("client")
  }

  /// Runs the scenario to its end.
  /// - Throws: `SimulationFailure`, if something stays longer than the bound.
  @discardableResult
  package static func run(
    _ simulation: SimulationScheduler, size: Size = Size(), rules: SafetyRules = .all
  ) throws(SimulationFailure) -> Report {
    let scenario = ErasureScenario(simulation, size: size, rules: rules)
    return try scenario.run()
  }

  private func run() throws(SimulationFailure) -> Report {
    if size.kills { spawnKiller() }
    let watched = Mutex<CollectionAddress?>(nil)
    let client = simulation.spawn(on: clientNode) {
      let kept = try await self.create("~~n1~~")
      watched.withLock { $0 = kept }
      let doomed = try await self.create("~~n2~~")
      var model = [PlainCollection(distance: .l2), PlainCollection(distance: .l2)]
      for step in 0..<self.size.operations {
        let isDoomed = step.isMultiple(of: 3) && step < self.size.operations / 2
        try await self.write(isDoomed ? doomed : kept, &model[isDoomed ? 1 : 0])
        if step == self.size.operations / 2 { try await self.delete(doomed, "~~n2~~", model[1]) }
        if step == self.size.operations / 3 { try await self.rename(kept, "~~n1~~", to: "~~n3~~") }
        try await self.pause()
      }
    }
    while !client.isFinished { try look(for: .seconds(5)) }
    isOver.withLock { $0 = true }
    if size.kills, let address = watched.withLock({ $0 }) { try beginAnew(address) }
    let end = simulation.now + size.bound + .seconds(5)
    while simulation.now < end { try look(for: .seconds(5)) }
    let final = ByteScan(cluster.bucket).run()
    return try texts.withLock { texts throws(SimulationFailure) in
      if let rest = final.keys.filter({ texts.counts[$0] == nil }).min() {
        throw SimulationFailure(.invariant, "\(rest) is still in \(final[rest] ?? [])")
      }
      if let missing = texts.counts.keys.filter({ final[$0] == nil }).min() {
        throw SimulationFailure(.invariant, "\(missing) is in no byte of the bucket")
      }
      let stays = texts.lastSeen.map { text, seen in seen - (texts.dead[text] ?? seen) }
      return Report(erased: texts.dead.count, longestStay: stays.max() ?? .zero)
    }
  }

  /// Lets time go on, then looks at every byte.
  private func look(for duration: Duration) throws(SimulationFailure) {
    try simulation.run(for: duration)
    let now = simulation.now
    let found = ByteScan(cluster.bucket).run()
    try texts.withLock { texts throws(SimulationFailure) in
      for (text, keys) in found.sorted(by: { $0.key < $1.key }) {
        guard let died = texts.dead[text] else { continue }
        texts.lastSeen[text] = now
        guard now - died <= size.bound || (size.kills && !isOver.withLock { $0 }) else {
          throw SimulationFailure(
            .invariant,
            "\(text) was deleted \(now - died) ago, but is in \(keys.joined(separator: ", "))")
        }
      }
    }
  }

  // MARK: Writing

  private func server() -> SimulatedServer {
    cluster.servers[Int(clientNode.random.next(below: UInt64(size.servers)))]
  }

  private func pause() async throws {
    let random = clientNode.random
    let longest = UInt64(size.pauseMax.wholeMilliseconds)
    let pause = random.next(below: 3) == 0 ? random.next(below: longest) : random.next(below: 60)
    try await clientNode.clock.sleep(for: .milliseconds(Int64(pause)))
  }

  /// Asks until there is an answer.
  private func ask<Answer: Sendable>(
    _ body: @escaping @Sendable (Engine) async throws(EngineError) -> Answer
  ) async throws -> Answer {
    while true {
      switch await server().call(in: simulation, body) {
      case .answered(let answer): return answer
      case .refused(.unavailable), .refused(.overloaded), .unknown:
        try await clientNode.clock.sleep(for: .seconds(1))
      case .refused(let error): throw error
      }
    }
  }

  private func create(_ name: String) async throws -> CollectionAddress {
    let definition = CollectionDefinition(
      name: Text(name), metadata: nil, distance: .l2, configuration: "{}")
    let id = try await ask { engine throws(EngineError) in
      try await engine.createCollection(
        definition, tenant: DefaultNames.tenant, database: DefaultNames.database,
        getOrCreate: true
      ).id
    }
    change(from: [], to: Set(ByteScan.texts(in: name)))
    return CollectionAddress(
      tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
  }

  private func rename(
    _ address: CollectionAddress, _ old: String, to new: String
  ) async throws {
    try await ask { engine throws(EngineError) in
      try await engine.updateCollection(address) { $0.name = Text(new) }
    }
    change(from: Set(ByteScan.texts(in: old)), to: Set(ByteScan.texts(in: new)))
  }

  private func delete(
    _ address: CollectionAddress, _ name: String, _ model: PlainCollection
  ) async throws {
    do {
      try await ask { engine throws(EngineError) in
        try await engine.deleteCollection(
          named: Text(name), tenant: address.tenant, database: address.database)
      }
    } catch EngineError.collectionNotFound {
      // An attempt that was not answered was applied.
    }
    change(from: Self.texts(of: model).union(ByteScan.texts(in: name)), to: [])
    // All of a deleted collection goes G after its last manifest, also what had been deleted before.
    let since = simulation.now - size.maintenance.eraseAfter
    texts.withLock { texts in
      for text in texts.written[address.id, default: []] {
        texts.dead[text] = texts.dead[text].map { max($0, since) }
      }
    }
  }

  /// Sends one write, again and again until it is answered: it may be repeated, since nobody else writes.
  private func write(_ address: CollectionAddress, _ model: inout PlainCollection) async throws {
    let number = numbers.withLock { number in
      number += 1
      return number
    }
    let draw = RequestDraw(
      random: clientNode.random, number: number, ids: number / 4..<number / 4 + 10)
    var operation = draw.operation()
    while PlainCollection.isRead(operation) { operation = draw.operation() }
    // Where it was applied and not answered, another may be meant the next time.
    if size.kills, case .deleteWhere = operation { operation = .delete(ids: draw.someIDs(upTo: 3)) }
    let sent = operation
    _ = try await ask { engine throws(EngineError) in
      try await ModelScenario.send(sent, to: engine, address, ReadOptions())
    }
    guard let changed = model.applying(operation, nil) else { return }
    change(from: Self.texts(of: model), to: Self.texts(of: changed))
    // An entry of the log has all rows of its request, also those that change nothing: what they say was sent just now.
    if let logged = model.logged(operation) {
      sentAgain(Set(ByteScan.texts(in: "\(logged)")), to: address.id)
    }
    texts.withLock { $0.written[address.id, default: []].formUnion(Self.texts(of: changed)) }
    model = changed
  }

  private func sentAgain(_ sent: Set<String>, to id: UniqueID) {
    let now = simulation.now
    texts.withLock { texts in
      for text in sent where texts.counts[text] == nil { texts.dead[text] = now }
      texts.written[id, default: []].formUnion(sent)
    }
  }

  private static func texts(of model: PlainCollection) -> Set<String> {
    Set(model.records.flatMap { ByteScan.texts(in: $0.description) })
  }

  private func change(from old: Set<String>, to new: Set<String>) {
    let now = simulation.now
    texts.withLock { texts in
      for text in old.subtracting(new) {
        texts.counts[text, default: 1] -= 1
        if texts.counts[text] == 0 {
          texts.counts[text] = nil
          texts.dead[text] = now
        }
      }
      for text in new.subtracting(old) {
        texts.counts[text, default: 0] += 1
        texts.dead[text] = nil
        texts.lastSeen[text] = nil
      }
    }
  }

  // MARK: Killing

  private func spawnKiller() {
    let node = simulation.node("killer")
    simulation.spawn(on: node) {
      while !self.isOver.withLock({ $0 }) {
        try await node.clock.sleep(for: .milliseconds(Int64(node.random.next(below: 20_000))))
        guard !self.isOver.withLock({ $0 }) else { return }
        let index = Int(node.random.next(below: UInt64(self.size.servers)))
        let delay = Int64(node.random.next(below: 3_000))
        guard self.cluster.servers[index].node.isAlive else { continue }
        self.cluster.restart(index, after: .milliseconds(delay))
      }
    }
  }

  /// Every server starts once more; nobody writes any more. What is dead now is dead since now.
  private func beginAnew(_ address: CollectionAddress) throws(SimulationFailure) {
    try simulation.run(for: .seconds(30))
    for index in cluster.servers.indices { cluster.restart(index, after: .seconds(3)) }
    try simulation.run(for: .seconds(4))
    let now = simulation.now
    texts.withLock { texts in
      for text in texts.dead.keys { texts.dead[text] = now }
      texts.lastSeen = [:]
    }
  }
}
