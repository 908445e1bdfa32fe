import Engine
import Model
import Synchronization

/// Busy servers that write one collection without a pause, on a store without faults: how the log is shared
/// among them.
package struct FairnessScenario: Sendable {
  package struct Result: Sendable {
    /// Acknowledged writes through each server.
    package var writes: [Int]
    /// The longest that any write waited for its answer.
    package var longestWait: Duration

    /// The smallest share of any server as a part of an equal share.
    package var smallestShare: Double {
      Double(writes.min() ?? 0) / (Double(writes.reduce(0, +)) / Double(writes.count))
    }
  }

  /// Every client sends its next write as soon as the last was answered, for `duration` of virtual time.
  /// `slowness` is that of the last server's way to the store; 1 makes it a server like the others.
  package static func run(
    _ simulation: SimulationScheduler, servers: Int, slowness: Double = 1,
    clientsPerServer: Int = 4, duration: Duration = .seconds(60)
  ) throws(SimulationFailure) -> Result {
    let cluster = SimulatedCluster(
      simulation, servers: servers,
      profile: .fixed(put: .milliseconds(40), get: .milliseconds(20)),
      requestDeadline: .seconds(60))
    let clients = simulation.node("clients")
    cluster.servers.last?.store.slowness = slowness
    let address = try createCollection(cluster, clients)
    let result = Mutex(
      Result(writes: [Int](repeating: 0, count: servers), longestWait: .zero))
    // Let every server have the collection loaded before the clock starts.
    try simulation.run(for: .seconds(2))
    let end = simulation.now + duration
    for (index, server) in cluster.servers.enumerated() {
      for client in 0..<clientsPerServer {
        simulation.spawn(on: clients) {
          var number = 0
          while simulation.now < end, !Task.isCancelled {
            number += 1
            let batch = RecordBatch(
              ids: [Text("\(index)-\(client)-\(number)")],
              embeddings: EmbeddingColumn(dimension: 2, components: [0, 1]))
            let called = simulation.now
            let answer = await server.call(in: simulation, timeout: .seconds(120)) {
              engine throws(EngineError) in try await engine.add(batch, to: address)
            }
            guard case .answered = answer else { continue }
            let wait = simulation.now - called
            result.withLock { result in
              if simulation.now <= end { result.writes[index] += 1 }
              result.longestWait = max(result.longestWait, wait)
            }
          }
        }
      }
    }
    try simulation.run(until: end + .seconds(130))
    return result.withLock { $0 }
  }

  private static func createCollection(
    _ cluster: SimulatedCluster, _ clients: SimulatedNode
  ) throws(SimulationFailure) -> CollectionAddress {
    let definition = CollectionDefinition(
      name: "shared", metadata: nil, distance: .l2, configuration: "{}")
    let simulation = cluster.simulation
    let created = try simulation.value(on: clients) {
      await cluster.servers[0].call(in: simulation) { engine throws(EngineError) in
        try await engine.createCollection(
          definition, tenant: DefaultNames.tenant, database: DefaultNames.database,
          getOrCreate: true
        ).id
      }
    }
    guard case .answered(let id) = created else {
      throw SimulationFailure(.invariant, "no collection on a store without faults: \(created)")
    }
    return CollectionAddress(
      tenant: DefaultNames.tenant, database: DefaultNames.database, id: id)
  }
}
