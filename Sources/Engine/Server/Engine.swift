package import CommitLog
import HashTreeCollections
package import Logging
package import Model
package import ObjectStore
package import Segments
import Synchronization

/// The database of one server on one bucket: the catalog, and a replica of every collection's log.
///
/// `run()` must be running beside every request. All methods may be called from any task at any time; while the
/// server starts they wait, for at most `EngineConfiguration.requestDeadline`: those that read for the catalog and what
/// they read, those that write also for the store's probe.
package final class Engine: Sendable {
  let configuration: EngineConfiguration
  let store: any ObjectStore
  let clock: any ServerClock
  let random: any RandomSource
  let logger: Logger
  /// This server process, in the log entries it writes.
  let writer: UniqueID
  let rules: SafetyRules
  let limits: LogLimits

  struct Started: Sendable {
    let catalog: LogReplica<CatalogState>
    let header: BucketHeader
  }

  /// Open once the catalog was read: from then on there are answers.
  let started: Latch<Started>
  /// Open once the store has passed its probe: before, nothing but the probe writes.
  let probed: Latch<Void>
  let progress = Mutex(Progress())
  private let handles = Mutex<[UniqueID: CollectionHandle]>([:])
  /// Position of the catalog that `handles` agrees with.
  private let reconciledPosition = Mutex<UInt64?>(nil)
  private let loadGate = Gate(places: loadsAtOnceMax)
  /// Local copies of segments.
  let segments: SegmentCache
  private let maintenanceGates: CollectionMaintainer.Gates
  private let segmentMemory: SegmentMemory
  /// Memory that is kept for the next segment; the system may take it meanwhile.
  package var keptBytes: Int { segmentMemory.kept?.capacity ?? 0 }
  /// Logs that are read from their beginning at the same time.
  private static let loadsAtOnceMax = 24
  private let newHandles: AsyncStream<CollectionHandle>
  private let newHandlesContinuation: AsyncStream<CollectionHandle>.Continuation

  package init(
    configuration: EngineConfiguration, store: any ObjectStore, clock: any ServerClock,
    random: any RandomSource, logger: Logger, workspace: any Workspace = MemoryWorkspace(),
    rules: SafetyRules = .all, limits: LogLimits = LogLimits()
  ) {
    self.configuration = configuration
    self.store = store
    self.clock = clock
    self.random = random
    self.logger = logger
    self.rules = rules
    var limits = limits
    let maintenance = configuration.maintenance
    // Without maintenance nothing would ever make room again.
    limits.tailBytesMax = maintenance.isEnabled ? maintenance.tailBytesMax : .max
    if maintenance.isEnabled {
      limits.allTails = TailBudget(bytesMax: maintenance.allTailsBytesMax)
    }
    self.limits = limits
    let flushes = Gate(places: maintenance.flushesAtOnceMax)
    maintenanceGates = CollectionMaintainer.Gates(
      flushes: flushes,
      merges: maintenance.mergesBesideFlushes
        ? Gate(places: maintenance.mergesAtOnceMax) : flushes)
    segmentMemory = SegmentMemory(keptBytesMax: maintenance.keptBytesMax)
    segments = SegmentCache(
      store: store, workspace: workspace, limits: configuration.segmentLimits)
    writer = .random(from: random)
    started = Latch(clock: clock)
    probed = Latch(clock: clock)
    (newHandles, newHandlesContinuation) = AsyncStream.makeStream()
  }

  /// What the outside may know of the start and of the looks for other servers' writes.
  struct Progress: Sendable {
    var startingReason = "the bucket has not answered yet"
    var lastSync: Duration?
    var lastSyncError: String?
  }

  package var readiness: EngineReadiness {
    started.value == nil || probed.value == nil
      ? .starting(reason: progress.withLock { $0.startingReason }) : .ready
  }

  /// Starts, then serves until the task is cancelled.
  /// - Throws: `EngineStartError` for what does not mend itself.
  package func run() async throws {
    let header = try await openBucket()
    try await withThrowingTaskGroup { group in
      let catalogIsSettled = Latch<Void>(clock: clock)
      group.addTask {
        // The catalog goes first, as all answers wait for it, but not for long: where the store does not let it be read, the
        // probe says why.
        _ = await catalogIsSettled.wait(deadline: .seconds(5))
        try Task.checkCancellation()
        try await self.probeStore(grace: header.grace)
      }
      group.addTask { try await self.serve(header, catalogIsSettled) }
      // Not `waitForAll`: a store that is refused ends the serving at once.
      for try await _ in group {}
    }
  }

  private func serve(_ header: BucketHeader, _ catalogIsSettled: Latch<Void>) async throws {
    let catalog = makeCatalog(header)
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await catalog.run() }
      do {
        defer { catalogIsSettled.open(()) }
        try await waitForCatalog(catalog)
      } catch {
        // That the store is no good would be the better reason.
        await probed.wait()
        throw error
      }
      started.open(Started(catalog: catalog, header: header))
      reconcile(with: catalog)
      group.addTask { await self.syncLoop() }
      group.addTask { await self.segments.run(clock: self.clock) }
      group.addTask { await self.segmentMemory.run(clock: self.clock) }
      if segments.hasLeftovers { group.addTask { await self.removeLeftovers() } }
      group.addTask { await self.writing { await self.maintainCatalog(catalog) } }
      group.addTask { await self.writing { await self.collectLoop() } }
      group.addTask { await self.writing { await self.collectOrphansLoop() } }
      for await handle in newHandles {
        group.addTask { await handle.run() }
      }
      group.cancelAll()
    }
  }

  /// Does what writes, once this server may.
  private func writing(_ loop: () async -> Void) async {
    if await probed.wait() != nil { await loop() }
  }

  private func makeCatalog(_ header: BucketHeader) -> LogReplica<CatalogState> {
    LogReplica(
      configuration: LogReplicaConfiguration(
        keys: LogKeys(prefix: "\(configuration.prefix)catalog/"), writer: writer,
        grace: header.grace, rules: rules, limits: limits),
      initial: CatalogState(), opener: (), store: store, clock: clock, random: random,
      logger: logger)
  }

  // MARK: Collections in this server

  /// The collection's handle; made, and its log read, where this is the first time it is asked for.
  func handle(for id: UniqueID, in started: Started) -> CollectionHandle {
    let (handle, isNew) = handles.withLock { handles in
      if let handle = handles[id] { return (handle, false) }
      let handle = newHandle(id, in: started)
      handles[id] = handle
      return (handle, true)
    }
    if isNew { newHandlesContinuation.yield(handle) }
    return handle
  }

  func keys(of id: UniqueID) -> LogKeys {
    LogKeys(prefix: "\(configuration.prefix)collections/\(id)/")
  }

  private func newHandle(_ id: UniqueID, in started: Started) -> CollectionHandle {
    let keys = keys(of: id)
    let opener = CollectionOpener(id: id, keys: keys, store: store, cache: segments)
    let replica = LogReplica(
      configuration: LogReplicaConfiguration(
        keys: keys, writer: writer, grace: started.header.grace, rules: rules, limits: limits,
        loadGate: loadGate),
      initial: CollectionState(id: id), opener: opener, store: store, clock: clock,
      random: random, logger: logger)
    let maintainer = CollectionMaintainer(
      replica: replica, opener: opener, configuration: configuration.maintenance, store: store,
      clock: clock, random: random, rules: rules, gates: maintenanceGates,
      memory: segmentMemory, logger: logger,
      distance: { [catalog = started.catalog] in
        catalog.snapshot?.state.collections[id]?.definition.distance
      })
    return CollectionHandle(
      id: id, replica: replica, maintainer: maintainer, probed: probed, clock: clock)
  }

  func openHandle(_ id: UniqueID) -> CollectionHandle? { handles.withLock { $0[id] } }

  /// Removes local copies that belong to no collection: those that nothing has claimed once all logs were read.
  private func removeLeftovers() async {
    let giveUp = clock.now() + Self.leftoverTimeMax
    while segments.hasLeftovers {
      do {
        try await clock.sleep(for: .seconds(1))
      } catch {
        return
      }
      let isRead = handles.withLock { $0.values.allSatisfy { $0.replica.snapshot != nil } }
      guard isRead || clock.now() > giveUp else { continue }
      let bytes = segments.removeLeftovers()
      if bytes > 0 {
        logger.info(
          "removed local copies that no collection uses", metadata: ["bytes": "\(bytes)"])
      }
    }
  }

  /// A collection that cannot be read for longer fetches its segments anew.
  private static let leftoverTimeMax = Duration.seconds(3600)

  /// Opens what the catalog has, and closes what it has buried.
  func reconcile(with catalog: LogReplica<CatalogState>) {
    guard let snapshot = catalog.snapshot, let started = started.value else { return }
    let isNew = reconciledPosition.withLock { position in
      if let known = position, known >= snapshot.position { return false }
      position = snapshot.position
      return true
    }
    guard isNew else { return }
    let state = snapshot.state
    for id in state.collections.keys.sorted() { _ = handle(for: id, in: started) }
    for id in state.dying.sorted() { _ = handle(for: id, in: started) }
    let closed = handles.withLock { handles in
      let gone = handles.filter { id, handle in
        if state.buried.contains(id) { return true }
        // Forgotten meanwhile, while this server slept. One that is newer than this state has no end yet.
        return state.collections[id] == nil && !state.dying.contains(id)
          && handle.replica.snapshot?.state.isSealed ?? false
      }.keys.sorted()
      return gone.compactMap { handles.removeValue(forKey: $0) }
    }
    for handle in closed { handle.close() }
  }
}
