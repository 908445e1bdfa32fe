import CommitLog
import Model
import ObjectStore
import Segments

/// Decides what a collection needs next, and when. Servers that look after one collection keep out of each
/// other's way: who wrote most of the tail flushes first, who wrote the last manifest merges first.
struct MaintenancePace {
  enum Step { case flush, merge }

  enum Next: Equatable {
    /// Nil: until the log changes.
    case wait(Duration?)
    case flush
    case merge
  }

  let configuration: MaintenanceConfiguration
  private let random: any RandomSource
  /// Of this server, between 1 and 1.25: no two do the same at the same time.
  private let jitter: Double
  /// When the first entry of the tail was written, or seen where the store tells no dates.
  private var tailSince: Duration?
  /// The newest position of the log, and since when.
  private var position: UInt64?
  private var positionSince = Duration.zero
  private var manifestNumber: UInt64?
  /// Where the tail begins.
  private var manifestPosition: UInt64?
  private var manifestSince = Duration.zero
  /// The merge that the manifest asks for; nil until it was looked at.
  private var wantsMerge: Bool?
  private var nextErasure: StoreTime?
  /// Bytes of what is to be merged.
  private var mergeBytes = 0
  private var failures: [Step: Int] = [:]
  private var notBefore: [Step: Duration] = [:]

  init(configuration: MaintenanceConfiguration, random: any RandomSource) {
    self.configuration = configuration
    self.random = random
    jitter = 1 + random.nextUnit() / 4
  }

  mutating func see(_ view: MaintenanceView<CollectionState>, at now: Duration) {
    if manifestNumber != view.manifestNumber {
      manifestNumber = view.manifestNumber
      manifestSince = now
      wantsMerge = nil
      nextErasure = nil
    }
    if position != view.position {
      position = view.position
      positionSince = now
    }
    // A merge and a condemnation leave the tail as it is: it does not become younger by them.
    if manifestPosition != view.base?.position {
      manifestPosition = view.base?.position
      tailSince = nil
    }
    if let first = view.entries.first {
      // By the store's dates where there are: neither a restart nor a new manifest makes a tail younger.
      let age = first.date.flatMap { view.storeTime?.since($0) } ?? .zero
      tailSince = min(tailSince ?? now, now - max(age, .zero))
    } else {
      tailSince = nil
    }
    if wantsMerge == nil { look(view) } else if isErasureDue(view) { wantsMerge = true }
  }

  private mutating func look(_ view: MaintenanceView<CollectionState>) {
    guard let base = view.base, let payload = try? ManifestPayload(encoded: base.payload) else {
      wantsMerge = false
      return
    }
    let plan = MergePlan(
      configuration: configuration, parts: payload.parts,
      deadCounts: payload.parts.map { $0.deadCount }, now: view.storeTime)
    let inputs = plan.inputs()
    wantsMerge = !inputs.isEmpty
    mergeBytes = inputs.reduce(0) { $0 + payload.parts[$1].summary.size }
    nextErasure = plan.nextErasure
  }

  private func isErasureDue(_ view: MaintenanceView<CollectionState>) -> Bool {
    guard let nextErasure, let now = view.storeTime else { return false }
    return now >= nextErasure
  }

  /// What is to be done; no second merge beside one that goes on.
  func nextStep(
    _ view: MaintenanceView<CollectionState>, isMerging: Bool, at now: Duration
  ) -> Next {
    guard !view.state.isSealed else { return .wait(nil) }
    var waits: [Duration] = []
    if let due = flushDue(view, at: now) {
      if due <= now { return .flush }
      waits.append(due - now)
    }
    if !isMerging, let due = mergeDue(view) {
      if due <= now { return .merge }
      waits.append(due - now)
    }
    if !isMerging, let nextErasure, let storeTime = view.storeTime, wantsMerge == false {
      waits.append(max(nextErasure.since(storeTime), .milliseconds(10)))
    }
    return .wait(waits.min())
  }

  /// When the tail is to become a segment; in the past for "now".
  private func flushDue(
    _ view: MaintenanceView<CollectionState>, at now: Duration
  ) -> Duration? {
    guard let tailSince else { return nil }
    let patience = view.ownShare >= 0.5 ? 1 : 1.5 * jitter
    let isFull =
      view.isPressed || Double(view.entryBytes) >= Double(configuration.flushBytes) * patience
      || Double(view.entries.count) >= Double(configuration.flushEntries) * patience
    var due = isFull ? now : tailSince + configuration.tailAgeMax * jitter * patience
    if view.entryBytes >= configuration.quietBytes {
      // Others leave the one who wrote most of it, if there is one, time to build and upload a segment.
      let courtesy = view.ownShare >= 0.5 ? .zero : configuration.courtesy * (8 * jitter - 7)
      // However short it is, servers are as far apart as ever.
      let quietTime =
        configuration.quietTime(forTailOf: view.entryBytes)
        + configuration.quietTime * (jitter - 1)
      due = min(due, positionSince + quietTime * patience + courtesy)
    }
    return max(due, notBefore[.flush] ?? .zero)
  }

  private static let mergedBytesPerMillisecond = 10_000

  private func mergeDue(_ view: MaintenanceView<CollectionState>) -> Duration? {
    guard wantsMerge == true, let base = view.base else { return nil }
    // A large merge takes minutes, of which nobody hears before its end.
    let usual = Duration.milliseconds(mergeBytes / Self.mergedBytesPerMillisecond)
    let courtesy = base.writer == view.writer ? .zero : (configuration.courtesy + usual) * jitter
    return max(manifestSince + courtesy, notBefore[.merge] ?? .zero)
  }

  mutating func finished(_ merge: CollectionMaintainer.EndedMerge, at now: Duration) {
    finished(.merge, merge.result, at: now)
    // A newer manifest has yet to be looked at.
    if merge.manifest != manifestNumber { wantsMerge = nil }
  }

  mutating func finished(
    _ step: Step, _ result: CollectionMaintainer.StepResult, at now: Duration
  ) {
    switch result {
    case .done:
      failures[step] = 0
    case .nothingToDo:
      failures[step] = 0
      if step == .merge { wantsMerge = false }
      if step == .flush { tailSince = nil }
    case .inVain:
      failures[step, default: 0] += 1
      // Writes may wait for a flush; a merge has time.
      let doublings = min(failures[step, default: 1], step == .flush ? 5 : 8)
      let longest = Duration.milliseconds(200) * (1 << doublings)
      notBefore[step] = now + longest * (0.5 + random.nextUnit() / 2)
    }
  }
}
