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
  /// In which tails become segments.
  let memory: SegmentMemory
  let logger: Logger
  /// How vectors of the collection are compared; nil where the catalog does not know the collection any more.
  private let distance: @Sendable () -> Distance?
  /// The segments that the last steps made, until the replica stands on the manifests that name them: they would be
  /// fetched from the bucket otherwise.
  private let made = Mutex<[MaintenancePace.Step: Segment]>([:])

  init(
    replica: LogReplica<CollectionState>, opener: CollectionOpener,
    configuration: MaintenanceConfiguration, store: any ObjectStore, clock: any ServerClock,
    random: any RandomSource, rules: SafetyRules, gates: Gates, memory: SegmentMemory,
    logger: Logger,
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
    self.memory = memory
    self.logger = logger
    self.distance = distance
  }

  /// Works until the task is cancelled. A merge goes on beside flushes, to which it is as another server's.
  func run() async {
    guard configuration.isEnabled else { return }
    // A group that collects results would keep every merge's until the end.
    await withDiscardingTaskGroup { group in
      let merge = RunningMerge()
      var pace = MaintenancePace(configuration: configuration, random: random)
      while !Task.isCancelled {
        // Before the view: a merge that ends meanwhile is seen by the next one.
        let (isMerging, ended) = merge.look()
        guard let view = await replica.maintenanceView() else {
          if let ended { merge.putBack(ended) }
          await replica.changes.wait()
          continue
        }
        if let ended { pace.finished(ended, at: clock.now()) }
        made.withLock { made in
          made[.flush] = nil
          if !isMerging { made[.merge] = nil }
        }
        pace.see(view, at: clock.now())
        switch pace.nextStep(view, isMerging: isMerging, at: clock.now()) {
        case .wait(let duration): await replica.changes.wait(atMost: duration, clock: clock)
        case .flush:
          let result = await within(gates.flushes) { await flush(view) }
          pace.finished(.flush, result, at: clock.now())
        case .merge:
          merge.begin()
          group.addTask { [self] in
            merge.end(await mergeInTurn())
            replica.changes.raise()
          }
        }
      }
    }
  }

  /// Waits for a place, and merges what is to be merged then.
  private func mergeInTurn() async -> EndedMerge {
    var manifest: UInt64?
    let result = await within(gates.merges) {
      // Of the view only this is kept: a merge takes long, and its tail may be large.
      guard let view = await replica.maintenanceView(), let base = view.base else {
        return .nothingToDo
      }
      manifest = base.number
      return await merge(base, storeTime: view.storeTime)
    }
    return EndedMerge(manifest: manifest, result: result)
  }

  /// How a merge ended, and on which manifest it began.
  struct EndedMerge: Sendable {
    let manifest: UInt64?
    let result: StepResult
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
  private let state = Mutex<(isRunning: Bool, ended: CollectionMaintainer.EndedMerge?)>(
    (isRunning: false, ended: nil))

  func begin() { state.withLock { $0 = (true, nil) } }

  func end(_ ended: CollectionMaintainer.EndedMerge) { state.withLock { $0 = (false, ended) } }

  /// Whether one is running; and of one that has ended, once, how.
  func look() -> (isRunning: Bool, ended: CollectionMaintainer.EndedMerge?) {
    state.withLock { state in
      defer { state.ended = nil }
      return state
    }
  }

  /// For the next look.
  func putBack(_ ended: CollectionMaintainer.EndedMerge) { state.withLock { $0.ended = ended } }
}
