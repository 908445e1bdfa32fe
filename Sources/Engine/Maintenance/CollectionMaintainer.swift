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
  /// Lets few collections of a server be worked on at a time: bounds memory and processors.
  let gate: Gate
  let logger: Logger
  /// How vectors of the collection are compared; nil where the catalog does not know the collection any more.
  private let distance: @Sendable () -> Distance?
  /// The segment that was made last, until the replica stands on the manifest that names it: it would be fetched from
  /// the bucket otherwise.
  private let made = Mutex<Segment?>(nil)

  init(
    replica: LogReplica<CollectionState>, opener: CollectionOpener,
    configuration: MaintenanceConfiguration, store: any ObjectStore, clock: any ServerClock,
    random: any RandomSource, rules: SafetyRules, gate: Gate, logger: Logger,
    distance: @escaping @Sendable () -> Distance?
  ) {
    self.replica = replica
    self.opener = opener
    self.configuration = configuration
    self.store = store
    self.clock = clock
    self.random = random
    self.rules = rules
    self.gate = gate
    self.logger = logger
    self.distance = distance
  }

  /// Works until the task is cancelled.
  func run() async {
    guard configuration.isEnabled else { return }
    var pace = MaintenancePace(configuration: configuration, random: random)
    while !Task.isCancelled {
      guard let view = await replica.maintenanceView() else {
        await replica.changes.wait()
        continue
      }
      made.withLock { $0 = nil }
      pace.see(view, at: clock.now())
      switch pace.nextStep(view, at: clock.now()) {
      case .wait(let duration): await replica.changes.wait(atMost: duration, clock: clock)
      case .flush: pace.finished(.flush, await within { await flush(view) }, at: clock.now())
      case .merge: pace.finished(.merge, await within { await merge(view) }, at: clock.now())
      }
    }
  }

  private func within(_ work: () async -> StepResult) async -> StepResult {
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

  func adopt(_ built: BuiltSegment) async -> Segment? {
    do throws(SegmentError) {
      let segment = try await opener.cache.adopt(
        built, key: opener.keys.segment(built.summary.id))
      made.withLock { $0 = segment }
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
