import CommitLog
import Engine
import Model
import ObjectStore
import Synchronization

extension ModelScenario {
  private static let everything = GetRequest(
    selection: RecordSelection(), fields: [.embeddings, .documents, .metadatas, .uris])

  /// Asks every server the same, strongly, while nobody writes.
  func compareServers(
    _ servers: [SimulatedServer], mustAnswer: Bool
  ) throws(SimulationFailure) {
    for index in collections.withLock({ $0.indices }) {
      let draws = (0..<4).map { _ in draw() }
      // A storm goes on while they are asked: that must not take long.
      let questions =
        mustAnswer || !size.isStormy
        ? [.get(Self.everything), .count] + draws.map { $0.read() } : [.get(Self.everything)]
      for server in servers {
        for question in questions {
          let isAnswered = try simulation.value(on: clientNode) {
            for _ in 0..<(mustAnswer ? 3 : 1) {
              if await self.perform(question, on: index, through: server) { return true }
            }
            return false
          }
          if mustAnswer, !isAnswered {
            let complaints = complaints.withLock { $0 }
            throw SimulationFailure(
              .invariant,
              "\(server.node.name) does not answer when all is calm; "
                + complaints.joined(separator: "; "))
          }
        }
      }
    }
  }

  // MARK: The end

  func check() throws(SimulationFailure) {
    if size.diesBeforeCall != nil {
      // Also where nobody writes any more.
      try simulation.run(for: size.erasureBound)
      cluster.bucket.observeCalls { _ in }
    }
    let fresh = cluster.newServer("fresh")
    try compareServers(cluster.servers + [fresh], mustAnswer: true)
    let complaints = complaints.withLock { $0 }
    guard complaints.isEmpty else {
      throw SimulationFailure(.invariant, complaints.joined(separator: "; "))
    }
    for index in collections.withLock({ $0.indices }) { try checkHistory(index) }
    let live = try liveRecords(fresh)
    // All ages are the store's, which has forgotten so much time.
    try simulation.run(for: size.erasureBound + max(.zero, .zero - cluster.bucket.clockShift))
    try checkBytes(live)
    try LogAudit(cluster.bucket).check()
    try cluster.verifyBucket(slack: size.maintenance.collects ? size.slack : .seconds(10_000_000))
  }

  private func liveRecords(_ server: SimulatedServer) throws(SimulationFailure) -> [PlainRecord] {
    var records: [PlainRecord] = []
    for collection in collections.withLock({ $0 }) {
      let answer = try simulation.value(on: clientNode) {
        await server.call(in: self.simulation) { engine throws(EngineError) in
          try await engine.get(
            Self.everything, from: collection.address, options: ReadOptions(isStrong: true)
          ).records.map { PlainRecord($0, fields: Self.everything.fields) }
        }
      }
      guard case .answered(let found) = answer else {
        throw SimulationFailure(.invariant, "\(server.node.name) does not answer: \(answer)")
      }
      records += found
    }
    return records
  }

  /// What was deleted or replaced is nowhere, and what was not is found: otherwise this would look past everything.
  private func checkBytes(_ live: [PlainRecord]) throws(SimulationFailure) {
    guard size.maintenance.collects else { return }
    let wanted = Set(live.flatMap { ByteScan.texts(in: $0.description) })
    let found = ByteScan(cluster.bucket).run()
    for (text, keys) in found.sorted(by: { $0.key < $1.key }) where !wanted.contains(text) {
      throw SimulationFailure(
        .invariant, "\(text) was deleted, but is in \(keys.joined(separator: ", "))")
    }
    if let missing = wanted.subtracting(found.keys).min() {
      throw SimulationFailure(.invariant, "\(missing) is in no byte of the bucket")
    }
  }

  // MARK: Histories

  private func checkHistory(_ index: Int) throws(SimulationFailure) {
    let collection = collections.withLock { $0[index] }
    let problem = LogWitness.problem(
      of: history.withLock { $0[index] }, with: try entries(of: collection.address.id),
      from: PlainCollection(distance: collection.distance))
    if let problem {
      throw SimulationFailure(.invariant, "the log does not explain collection \(index) \(problem)")
    }
  }

  private func entries(of id: UniqueID) throws(SimulationFailure) -> [LogWitness.Entry] {
    let keys = LogKeys(prefix: "vector_db/collections/\(id)/")
    var entries: [LogWitness.Entry] = []
    for (key, creation) in creations.withLock({ $0 }) {
      guard let number = keys.entryNumber(of: key) else { continue }
      do {
        let entry = try LogEntryCodec.decode(creation.object, number: number, key: key)
        var reader = BinaryReader(entry.payload)
        var operations: [CollectionOperation] = []
        while reader.remaining > 0 { operations.append(try CollectionOperation(from: &reader)) }
        entries.append(
          LogWitness.Entry(number: number, created: creation.time, operations: operations))
      } catch {
        throw SimulationFailure(.invariant, "\(key): \(error)")
      }
    }
    return entries
  }
}

extension ModelScenario.Size {
  /// After so long without faults and requests nothing of what was deleted is in the bucket: the time until it is in
  /// segments and rewritten, G, and three cycles.
  var erasureBound: Duration {
    let tail = maintenance.filter(\.flushes).map(\.tailAgeMax).max() ?? .zero
    let erase = maintenance.map(\.eraseAfter).min() ?? .zero
    let cycle = maintenance.filter(\.collects).map(\.collectInterval).max() ?? .zero
    let courtesy = maintenance.filter(\.erases).map(\.courtesy).max() ?? .zero
    // Jitter and patience of `MaintenancePace`.
    return max(erase, tail * 2.4) + courtesy * 1.25 + grace + cycle * 1.25 * 3 + .seconds(60)
  }

  /// How late `apus verify` lets something be deleted.
  var slack: Duration { (maintenance.map(\.collectInterval).min() ?? .zero) * 4 + .seconds(120) }
}

extension [MaintenanceConfiguration] {
  /// Somebody deletes what is not needed, and somebody rewrites what holds it.
  var collects: Bool { contains(where: \.collects) && contains(where: \.erases) }
}

extension MaintenanceConfiguration {
  fileprivate var flushes: Bool { tailAgeMax < .seconds(100_000) }
  fileprivate var erases: Bool { eraseAfter < .seconds(100_000) }
  fileprivate var collects: Bool { collectInterval < .seconds(100_000) }
}

extension SimulatedCluster {
  /// Everything that the bucket's manifests name is there and right, and what nobody needs is gone in time.
  package func verifyBucket(slack: Duration) throws(SimulationFailure) {
    let node = simulation.node("inspector")
    // One request in a million takes as long as the inspector waits.
    let store = RetryingStore(
      bucket.store(for: node, .calm), clock: node.clock, random: node.random)
    let report = try simulation.value(on: node) {
      try await BucketInspection(
        store: store, prefix: "vector_db/", isThorough: true, slack: slack
      ).run()
    }
    guard report.problems.isEmpty else {
      throw SimulationFailure(.invariant, report.problems.joined(separator: "; "))
    }
  }
}
