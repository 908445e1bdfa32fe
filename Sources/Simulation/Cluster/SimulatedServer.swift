package import CommitLog
package import Engine
import Logging
import Model
import ObjectStore
package import Segments

/// A server process of a simulation: the real engine on a node of its own. It dies with its node.
package struct SimulatedServer: Sendable {
  package let node: SimulatedNode
  package let store: SimulatedStore
  package let engine: Engine

  /// Starts the engine on a new node; it serves from the next run of the simulation on.
  package init(
    name: String, on bucket: SimulatedBucket, in simulation: SimulationScheduler,
    profile: FaultProfile, configuration: EngineConfiguration, rules: SafetyRules,
    limits: LogLimits = LogLimits(), workspace: any Workspace = MemoryWorkspace()
  ) {
    let node = simulation.node(name)
    let store = bucket.store(for: node, profile)
    let engine = Engine(
      configuration: configuration,
      store: RetryingStore(store, clock: node.clock, random: node.random),
      clock: node.clock, random: node.random,
      logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() },
      workspace: workspace, rules: rules, limits: limits)
    simulation.spawn(on: node) { try await engine.run() }
    self.node = node
    self.store = store
    self.engine = engine
  }
}
