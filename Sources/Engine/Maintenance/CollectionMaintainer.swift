import CommitLog
import Logging
import Model
import ObjectStore
import Segments
import Synchronization

/// Looks after one collection on this server: its tail becomes segments, its segments are merged, and what
/// nobody needs is deleted (rules S4 and S5). Any number of servers may do it at once; losing only costs work.
final class CollectionMaintainer: Sendable {
  let replica: LogReplica<CollectionState>
  let opener: CollectionOpener
  let configuration: MaintenanceConfiguration
  let store: any ObjectStore
  let clock: any ServerClock
  let random: any RandomSource
  let rules: SafetyRules
  /// Let few collections of a server be worked on at a time: bound memory and processors.
  struct Gates: Sendable {
    let flushes: Gate
    let merges: Gate
  }

  let gates: Gates
  let logger: Logger
  /// How vectors of the collection are compared; nil where the catalog does not know the collection any more.
  private let distance: @Sendable () -> Distance?
  /// The segments that the last steps made, until the replica stands on the manifests that name them: they would be
  /// fetched from the bucket otherwise.
  private let made = Mutex<[MaintenancePace.Step: Segment]>([:])

  init(
    replica: LogReplica<CollectionState>, opener: CollectionOpener,
    configuration: MaintenanceConfiguration, store: any ObjectStore, clock: any ServerClock,
    random: any RandomSource, rules: SafetyRules, gates: Gates, logger: Logger,
    distance: @escaping @Sendable () -> Distance?
  ) {
    self.replica = replica
    self.opener = opener
    self.configuration = configuration
    self.store = store
    self.clock = clock
    self.random = random
    self.rules = rules
    self.gates = gates
    self.logger = logger
    self.distance = distance
  }

  /// Works until the task is cancelled. A merge goes on beside flushes, to which it is as another server's.
  func run() async {
    guard configuration.isEnabled else { return }
    await withTaskGroup { group in
      let merge = RunningMerge()
      var pace = MaintenancePace(configuration: configuration, random: random)
      while !Task.isCancelled {
        guard let view = await replica.maintenanceView() else {
          await replica.changes.wait()
          continue
        }
        if let ended = merge.takeResult() { pace.finished(.merge, ended, at: clock.now()) }
        made.withLock { made in
          made[.flush] = nil
          if !merge.isRunning { made[.merge] = nil }
        }
        pace.see(view, at: clock.now())
        switch pace.nextStep(view, isMerging: merge.isRunning, at: clock.now()) {
        case .wait(let duration): await replica.changes.wait(atMost: duration, clock: clock)
        case .flush:
          let result = await within(gates.flushes) { await flush(view) }
          pace.finished(.flush, result, at: clock.now())
        case .merge:
          pace.begins(.merge)
          merge.begin()
          group.addTask { [self] in
            merge.end(await within(gates.merges) { await self.merge(view) })
            replica.changes.raise()
          }
        }
      }
    }
  }

  private func within(
    _ gate: Gate, _ work: () async -> StepResult
  ) async -> StepResult {
    await gate.enter()
    defer { gate.leave() }
    guard !Task.isCancelled else { return .nothingToDo }
    return await work()
  }

  enum StepResult: Sendable {
    case done
    case nothingToDo
    /// Another server was faster, or the bucket did not answer.
    case inVain
  }

  var codePolicy: CodePolicy? { distance().map { CodePolicy(distance: $0) } }

  func hashSeed() -> UInt64 { random.next() }

  /// Puts the object where the manifest will name it. Its name is new, so it may be repeated at will.
  func upload(_ bytes: [UInt8], id: UniqueID) async -> Bool {
    do throws(ObjectStoreError) {
      _ = try await store.put(opener.keys.segment(id), bytes)
      return true
    } catch {
      note("a segment could not be uploaded", error.message)
      return false
    }
  }

  func adopt(_ built: BuiltSegment, by step: MaintenancePace.Step) async -> Segment? {
    do throws(SegmentError) {
      let segment = try await opener.cache.adopt(
        built, key: opener.keys.segment(built.summary.id))
      made.withLock { $0[step] = segment }
      return segment
    } catch {
      note("a segment that was just written cannot be used", "\(error)")
      return nil
    }
  }

  func note(_ what: String, _ problem: String) {
    // What a server that ends gives up is no problem.
    if Task.isCancelled { return }
    logger.warning(
      "\(what)", metadata: ["collection.id": "\(opener.id)", "error": "\(problem)"])
  }
}

/// Whether a merge is under way beside the flushes, and how the last one ended.
private final class RunningMerge: Sendable {
  private let state = Mutex<(isRunning: Bool, result: CollectionMaintainer.StepResult?)>(
    (isRunning: false, result: nil))

  var isRunning: Bool { state.withLock { $0.isRunning } }

  func begin() { state.withLock { $0 = (true, nil) } }

  func end(_ result: CollectionMaintainer.StepResult) { state.withLock { $0 = (false, result) } }

  /// The result of a merge that ended, once.
  func takeResult() -> CollectionMaintainer.StepResult? {
    state.withLock { state in
      defer { state.result = nil }
      return state.result
    }
  }
}
