import CommitLog
import Logging
import Model
import ObjectStore
import Simulation

/// Replicas of one log in a simulation: PUT 40 ms, GET 20 ms.
struct LogLab {
  let simulation: SimulationScheduler
  let bucket: SimulatedBucket
  let grace: Duration
  let keys = LogKeys(prefix: "test/")

  init(
    _ simulation: SimulationScheduler, time: SimulatedBucket.Time = SimulatedBucket.Time(),
    grace: Duration = .seconds(86_400)
  ) {
    self.simulation = simulation
    bucket = SimulatedBucket(simulation, time: time)
    self.grace = grace
  }

  struct Member {
    let node: SimulatedNode
    let store: SimulatedStore
    let replica: LogReplica<Tally>
    let simulation: SimulationScheduler
    let bucket: SimulatedBucket
    /// Cancelled, the replica ends.
    let running: SimulatedTask

    typealias Failure = LogFailure<Tally.Overdrawn>

    /// The sum and the position that the replica answers, or why it does not.
    func add(
      _ number: Int64, deadline: Duration = .seconds(8)
    ) throws -> Result<Committed<Int64>, Failure> {
      try simulation.value(on: node) { [replica] in await submit(number, deadline, to: replica) }
    }

    func refresh(
      deadline: Duration = .seconds(8)
    ) throws -> Result<LogSnapshot<Tally>, Failure> {
      try simulation.value(on: node) { [replica] in
        do throws(Failure) {
          return .success(try await replica.refresh(deadline: deadline))
        } catch {
          return .failure(error)
        }
      }
    }

    func waitUntilReady() throws -> Result<LogSnapshot<Tally>, Failure> {
      try simulation.value(on: node) { [replica] in
        do throws(Failure) {
          return .success(try await replica.waitUntilReady(deadline: .seconds(8)))
        } catch {
          return .failure(error)
        }
      }
    }

    /// GETs and creates that the node has sent so far.
    var requests: (gets: Int, creates: Int) {
      (bucket.requests(.get, from: node), bucket.requests(.create, from: node))
    }
  }

  /// A replica that runs from the next run of the simulation on, its requests passing `hold`.
  func member(
    _ name: String,
    _ profile: FaultProfile = .fixed(put: .milliseconds(40), get: .milliseconds(20)),
    limits: LogLimits = LogLimits(), hold: Hold? = nil
  ) -> Member {
    let node = simulation.node(name)
    let store = bucket.store(for: node, profile)
    let replica = LogReplica(
      configuration: LogReplicaConfiguration(
        keys: keys, writer: .random(from: node.random), grace: grace, limits: limits),
      initial: Tally(), opener: (),
      store: hold.map { HeldReadsStore(store, $0, clock: node.clock) } ?? store, clock: node.clock,
      random: node.random, logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() })
    let running = simulation.spawn(on: node) { await replica.run() }
    return Member(
      node: node, store: store, replica: replica, simulation: simulation, bucket: bucket,
      running: running)
  }

  /// Puts entries there as some other server would have, one number each.
  @discardableResult
  func write(_ numbers: [Int64], from first: UInt64 = 1, after hash: LogHash = .start) -> LogHash {
    var hash = hash
    for (number, slot) in zip(numbers, first...) {
      var payload = BinaryWriter()
      payload.write(number)
      let object = LogEntryCodec.encode(
        LogEntry(
          number: slot, previousHash: hash, writer: UniqueID(high: 1, low: 1),
          putID: UniqueID(high: 2, low: slot), payload: payload.bytes[...]))
      bucket.tamper(keys.entry(slot), object)
      hash = LogHash(ofObject: object)
    }
    return hash
  }
}

extension LogLab {
  /// Puts a manifest there as some other server would have.
  func writeManifest(
    _ number: UInt64, at position: UInt64, hash: LogHash, sum: Int64, condemned: [UniqueID] = [],
    writerVersion: UInt16 = 1, formatVersion: UInt16 = 1
  ) {
    var payload = BinaryWriter()
    payload.write(sum)
    payload.write(Int64(position))
    let manifest = Manifest(
      number: number, writer: UniqueID(high: 1, low: 1), putID: UniqueID(high: 3, low: number),
      position: position, entryHash: hash, condemned: condemned, payload: payload.bytes,
      writerVersion: writerVersion)
    bucket.tamper(
      keys.manifest(number), ManifestCodec.encode(manifest, formatVersion: formatVersion))
  }

  func removeEntries(_ numbers: ClosedRange<UInt64>) {
    for number in numbers { bucket.tamper(keys.entry(number), nil) }
  }
}

extension LogLab.Member {
  func view() throws -> MaintenanceView<Tally>? {
    try simulation.value(on: node) { [replica] in await replica.maintenanceView() }
  }

  /// Publishes the member's own state after the manifest that it knows.
  func publish(
    after number: UInt64? = nil, condemned: [UniqueID] = []
  ) throws -> PublishOutcome? {
    try simulation.value(on: node) { [replica] in
      guard let view = await replica.maintenanceView() else { return nil }
      let draft = ManifestDraft(
        position: view.position, entryHash: view.entryHash, condemned: condemned,
        payload: view.state.encoded)
      return await replica.publish(draft, after: number ?? view.manifestNumber)
    }
  }
}

func submit(
  _ number: Int64, _ deadline: Duration, to replica: LogReplica<Tally>
) async -> Result<Committed<Int64>, LogFailure<Tally.Overdrawn>> {
  do throws(LogFailure<Tally.Overdrawn>) {
    return .success(try await replica.submit(.add(number), deadline: deadline))
  } catch {
    return .failure(error)
  }
}

extension Result {
  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}

extension LogFailure {
  var damage: String? {
    if case .fault(.damaged(let reason)) = self { reason } else { nil }
  }

  var newerFormat: String? {
    if case .fault(.newerFormat(let reason)) = self { reason } else { nil }
  }
}
