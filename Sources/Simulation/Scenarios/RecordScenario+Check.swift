import CommitLog
import Engine
import Model
import Synchronization

extension RecordScenario {
  /// Every acknowledged write is on a brand-new server, no refused one is; every answer fits one order; all
  /// servers are equal; the log is a chain in which no operation comes twice.
  func check(_ address: CollectionAddress) throws(SimulationFailure) {
    let fresh = cluster.newServer("fresh")
    let contents = try contents(of: fresh, address)
    for id in 0..<size.ids {
      try simulation.value(on: clientNode) {
        await self.perform(.read, on: id, through: fresh, address)
      }
    }
    let complaints = complaints.withLock { $0 }
    guard complaints.isEmpty else {
      throw SimulationFailure(.invariant, complaints.joined(separator: "; "))
    }
    for server in cluster.servers where try self.contents(of: server, address) != contents {
      throw SimulationFailure(
        .invariant, "\(server.node.name) has other records than a brand-new server")
    }
    try checkHistories()
    try checkDimensions(contents)
    try checkLogs()
    if !size.maintenance.isEmpty {
      // Only where somebody collects at all.
      let collects = size.maintenance.contains { $0.collectInterval < .seconds(1_000) }
      try cluster.verifyBucket(slack: collects ? .seconds(150) : .seconds(1_000_000))
    }
  }

  private struct Row: Hashable, Sendable {
    let id: Text
    let metadata: Metadata
    let embedding: [Float]?
  }

  private func contents(
    of server: SimulatedServer, _ address: CollectionAddress
  ) throws(SimulationFailure) -> [Row] {
    for _ in 0..<5 {
      let result = try simulation.value(on: clientNode) {
        await server.call(in: self.simulation) { engine throws(EngineError) in
          try await engine.get(
            GetRequest(selection: RecordSelection(), fields: [.metadatas, .embeddings]),
            from: address, options: ReadOptions(isStrong: true)
          ).records.map { Row(id: $0.id, metadata: $0.metadata, embedding: $0.embedding) }
        }
      }
      switch result {
      case .answered(let rows): return rows
      case .refused(.damaged) where size.corruption > 0:
        // Asking has made the server read the log anew.
        try simulation.run(for: .seconds(5))
      case .refused(.unavailable):
        // One request in a million takes as long as the server waits.
        continue
      default:
        throw SimulationFailure(
          .invariant, "\(server.node.name) does not answer when all is calm: \(result)")
      }
    }
    throw SimulationFailure(
      .invariant, "\(server.node.name) does not recover from damage that is gone")
  }

  private func checkHistories() throws(SimulationFailure) {
    for (id, events) in history.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      let verdict = LinearizabilityChecker.verdict(on: events, from: RecordRegister())
      if verdict == .explained { continue }
      let lines = events.sorted { $0.called < $1.called }.map { event in
        "  \(event.called) - \(event.returned.map { "\($0)" } ?? "?"): \(event.operation)"
          + " -> \(event.response.map { "\($0)" } ?? "?")"
      }
      throw SimulationFailure(
        verdict == .undecided ? .undecided : .invariant,
        "\(verdict == .undecided ? "too many orders may explain" : "no order explains") what clients "
          + "saw of record-\(id):\n\(lines.joined(separator: "\n"))")
    }
  }

  private func checkDimensions(_ contents: [Row]) throws(SimulationFailure) {
    let acknowledged = acknowledgedDimensions.withLock { $0 }
    let stored = Set(contents.compactMap { $0.embedding?.count })
    guard acknowledged.count <= 1, stored.count <= 1, acknowledged.isSubset(of: stored) else {
      throw SimulationFailure(
        .invariant,
        "vectors of dimensions \(stored.sorted()) stored, \(acknowledged.sorted()) acknowledged")
    }
  }

  private func checkLogs() throws(SimulationFailure) {
    let logs = try LogAudit(cluster.bucket).check()
    var seen: Set<Int> = []
    for entry in logs.values.map(\.entries).joined() {
      for number in Self.markers(in: entry.payload) {
        guard seen.insert(number).inserted else {
          throw SimulationFailure(.invariant, "operation \(number) is in the log twice")
        }
      }
    }
  }

  /// The numbers in all texts `operation-<number>.` of the payload.
  private static func markers(in payload: ArraySlice<UInt8>) -> [Int] {
    String(decoding: payload, as: UTF8.self).matches(of: /operation-(\d+)\./)
      .compactMap { Int($0.output.1) }
  }
}
