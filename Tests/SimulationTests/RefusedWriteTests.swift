import CommitLog
import Logging
import Model
import Simulation
import Synchronization
import Testing

/// A log of numbers that are added up.
private struct Sum: ReplicatedState {
  enum Refusal: Error { case negative }

  var value = 0

  mutating func decide(
    _ number: Int, into payload: inout BinaryWriter
  ) async throws(Refusal) -> Int {
    guard number >= 0 else { throw .negative }
    value += number
    payload.write(Int64(number))
    return value
  }

  mutating func apply(_ payload: ArraySlice<UInt8>) throws(BinaryError) {
    var reader = BinaryReader(payload)
    while reader.remaining > 0 { value += Int(try reader.readInteger(Int64.self)) }
  }

  static func open(_ manifest: Manifest, with _: Void) async throws(OpenFailure) -> Sum {
    throw .damaged("this log has no manifests")
  }

  static func estimatedBytes(of command: Int) -> Int { 8 }
}

@Suite("A write that was answered not applied")
struct RefusedWriteTests {
  /// For 5 seconds no request gets through; writes are given 2.
  /// - Returns: The numbers that were refused and are in the log all the same.
  private func refusedAndApplied(
    _ simulation: SimulationScheduler, rules: SafetyRules
  ) throws -> [Int] {
    let node = simulation.node("server")
    let bucket = SimulatedBucket(simulation)
    let store = bucket.store(for: node, .calm)
    let replica = LogReplica(
      configuration: LogReplicaConfiguration(
        keys: LogKeys(prefix: "sum/"), writer: .random(from: node.random), grace: .seconds(600),
        rules: rules),
      initial: Sum(), opener: (), store: store, clock: node.clock, random: node.random,
      logger: Logger(label: "sum") { _ in SwiftLogNoOpLogHandler() })
    simulation.spawn(on: node) { await replica.run() }
    try simulation.run(for: .seconds(1))
    store.profile.refused = 1
    let refused = Mutex<Set<Int>>([])
    for number in 1...6 {
      simulation.spawn(on: node) {
        try await node.clock.sleep(for: .milliseconds(Int64(number * 130)))
        do {
          _ = try await replica.submit(number, deadline: .seconds(2))
        } catch LogFailure<Sum.Refusal>.notApplied {
          _ = refused.withLock { $0.insert(number) }
        } catch LogFailure<Sum.Refusal>.outcomeUnknown {}
      }
    }
    try simulation.run(for: .seconds(5))
    store.profile.refused = 0
    try simulation.run(for: .seconds(60))
    let written = try LogAudit(bucket).check().values.map(\.entries).joined().flatMap { entry in
      stride(from: entry.payload.startIndex, to: entry.payload.endIndex, by: 8)
        .map { Int(entry.payload[$0]) }
    }
    return written.filter { number in refused.withLock { $0.contains(number) } }
  }

  @Test("is never sent after that")
  func neverSent() throws {
    try SeedRunner(seeds: 200).run { simulation in
      let applied = try refusedAndApplied(simulation, rules: .all)
      guard applied.isEmpty else {
        throw SimulationFailure(.invariant, "\(applied) were refused, and applied later")
      }
    }
  }

  @Test("would be sent by a server without this part of rule S3")
  func mutant() throws {
    var applied = 0
    for seed in UInt64(0)..<200 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      applied += try refusedAndApplied(
        simulation, rules: .all.subtracting(.withdrawsRefused)
      ).count
    }
    #expect(applied > 0)
  }
}
