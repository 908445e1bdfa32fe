import CommitLog
import Engine
import Model
import Synchronization

/// Whether the delete of a collection was answered.
private final class Deletion: Sendable {
  let isAnswered = Mutex(false)
}

extension CatalogScenario {
  /// Creates a collection of its own, lets others write into it, deletes it, and sees that no write that was
  /// begun after the delete was answered is acknowledged.
  func deleteWhileWriting(_ round: Int) async {
    let name = "doomed-\(round)"
    let created = await anyServer().call(in: simulation) { engine throws(EngineError) in
      try await engine.createCollection(
        self.definition(name), tenant: DefaultNames.tenant, database: DefaultNames.database,
        getOrCreate: true
      ).id
    }
    guard case .answered(let id) = created else { return }
    let deletion = Deletion()
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          for attempt in 0..<25 {
            await self.write(into: id, "\(writer)-\(attempt)", deletion)
            try? await self.clientNode.clock.sleep(for: .milliseconds(200))
          }
        }
      }
      group.addTask {
        try? await self.clientNode.clock.sleep(
          for: .milliseconds(Int64(self.random.next(below: 3_000))))
        let deleted = await self.anyServer().call(in: self.simulation) {
          engine throws(EngineError) in
          try await engine.deleteCollection(
            named: Text(name), tenant: DefaultNames.tenant, database: DefaultNames.database)
        }
        if case .answered = deleted { deletion.isAnswered.withLock { $0 = true } }
      }
      await group.waitForAll()
    }
  }

  private func write(
    into id: UniqueID, _ record: String, _ deletion: Deletion
  ) async {
    let isDeleted = deletion.isAnswered.withLock { $0 }
    let result = await anyServer().call(in: simulation) { engine throws(EngineError) in
      try await engine.add(
        RecordBatch(
          ids: [Text(record)],
          embeddings: EmbeddingColumn(dimension: 2, components: [0, 1])),
        to: CollectionAddress(
          tenant: DefaultNames.tenant, database: DefaultNames.database, id: id))
    }
    if isDeleted, case .answered = result {
      complain("a write into \(id) was acknowledged after its delete was answered")
    }
  }

  // MARK: The end

  func check() throws(SimulationFailure) {
    let fresh = cluster.newServer("fresh")
    let table = try table(of: fresh)
    for server in cluster.servers where try self.table(of: server) != table {
      throw SimulationFailure(
        .invariant, "\(server.node.name) has other collections than a brand-new server")
    }
    for name in 0..<Self.names { try useName("name-\(name)", on: fresh) }
    let complaints = complaints.withLock { $0 }
    guard complaints.isEmpty else {
      throw SimulationFailure(.invariant, complaints.joined(separator: "; "))
    }
    let events = history.withLock { $0 }
    let verdict = LinearizabilityChecker.verdict(on: events, from: NameTable())
    guard verdict == .explained else {
      let lines = events.sorted { $0.called < $1.called }.map { event in
        "  \(event.called) - \(event.returned.map { "\($0)" } ?? "?"): \(event.operation)"
          + " -> \(event.response.map { "\($0)" } ?? "?")"
      }
      throw SimulationFailure(
        verdict == .undecided ? .undecided : .invariant,
        "\(verdict == .undecided ? "too many orders may explain" : "no order explains") the "
          + "catalog:\n\(lines.joined(separator: "\n"))")
    }
    try LogAudit(cluster.bucket).check()
  }

  private func table(of server: SimulatedServer) throws(SimulationFailure) -> [Text: UniqueID] {
    let pairs = try whenCalm(server) { engine throws(EngineError) in
      try await engine.collections(
        tenant: DefaultNames.tenant, database: DefaultNames.database, limit: nil, offset: 0,
        options: ReadOptions(isStrong: true)
      ).map { ($0.definition.name, $0.id) }
    }
    var table: [Text: UniqueID] = [:]
    for (name, id) in pairs {
      guard table.updateValue(id, forKey: name) == nil else {
        throw SimulationFailure(.invariant, "two collections are named \(name)")
      }
    }
    return table
  }

  /// The name can be given, used and taken away: it did not stay unusable.
  private func useName(_ name: String, on server: SimulatedServer) throws(SimulationFailure) {
    let count = try whenCalm(server) { engine throws(EngineError) in
      let (tenant, database) = (DefaultNames.tenant, DefaultNames.database)
      let info = try await engine.createCollection(
        self.definition(name), tenant: tenant, database: database, getOrCreate: true)
      let address = CollectionAddress(tenant: tenant, database: database, id: info.id)
      _ = try await engine.add(
        RecordBatch(
          ids: ["last"], embeddings: EmbeddingColumn(dimension: 2, components: [0, 1])),
        to: address)
      let count = try await engine.count(in: address, options: ReadOptions()).count
      try await engine.deleteCollection(named: Text(name), tenant: tenant, database: database)
      return count
    }
    guard count == 1 else {
      throw SimulationFailure(.invariant, "\(name) cannot be used any more: \(count) records")
    }
  }

  private func whenCalm<Answer: Sendable>(
    _ server: SimulatedServer,
    _ body: @escaping @Sendable (Engine) async throws(EngineError) -> Answer
  ) throws(SimulationFailure) -> Answer {
    for _ in 0..<5 {
      let result = try simulation.value(on: clientNode) {
        await server.call(in: self.simulation, body)
      }
      switch result {
      case .answered(let answer): return answer
      // One request in a million takes as long as the server waits.
      case .refused(.unavailable): continue
      default:
        throw SimulationFailure(
          .invariant, "\(server.node.name) does not answer when all is calm: \(result)")
      }
    }
    throw SimulationFailure(
      .invariant, "\(server.node.name) does not answer when all is calm")
  }
}
