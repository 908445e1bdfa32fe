package import Logging
package import Model
package import ObjectStore
import Synchronization

/// One server's copy of one log: reads it, follows what other servers append, and appends to it, by the rules
/// S1-S4, S6 and S7.
///
/// `run()` must be running for anything else to be answered. Commands that arrive while an entry is on its way
/// form the next one (group commit). Readers take `snapshot` and never wait for writers.
package actor LogReplica<State: ReplicatedState> {
  typealias Pending = PendingCommand<State>
  typealias Failure = LogFailure<State.Rejection>

  nonisolated let configuration: LogReplicaConfiguration
  nonisolated let store: any ObjectStore
  nonisolated let clock: any ServerClock
  nonisolated let random: any RandomSource
  nonisolated let logger: Logger
  let initial: State
  nonisolated let opener: State.Opener
  private nonisolated let published = Mutex<LogSnapshot<State>?>(nil)
  private nonisolated let lastTicket = Atomic<UInt64>(0)

  var state: State
  /// Number of the last entry that `state` holds.
  var position: UInt64 = 0
  var lastHash = LogHash.start
  var isLoaded = false
  var fault: LogFault?
  /// `run()` has ended: nothing will ever be answered again.
  var isClosed = false
  /// The last thing that kept the replica from its work, for messages.
  var lastProblem: String?

  /// The manifest on which `state` stands; nil if it was read from the log's first entry.
  var base: Manifest?
  /// The newest manifest known, which `state` may not stand on yet.
  var newest: Manifest?
  /// The entries after `base`, which bring `state` onto a newer manifest.
  var retained: [RetainedEntry] = []
  var retainedBytes = 0 { didSet { count(retainedBytes - oldValue) } }
  /// Another server's manifest covers more than `state` holds: the log is read anew from there.
  var isOutrun = false
  let adoptionSignal = Signal()
  /// Raised whenever the state goes on, for whoever looks after the log.
  package nonisolated let changes = Signal()
  /// The state is that of `base` and the entries after it, not a beginning.
  var isPositioned = false
  /// How often the state was put onto another base.
  var settlements = 0
  var confirmation: Confirmation?
  var isUsedSinceRenewal = false

  let commandSignal = Signal()
  var queue: [Pending] = []
  var queuedBytes = 0 { didSet { count(queuedBytes - oldValue) } }
  /// Commands taken from the queue for the entry, or the proof, that is under way.
  var taken: [Pending] = [] {
    didSet {
      let bytes = taken.reduce(0) { $0 + $1.bytes }
      count(bytes - takenBytes)
      takenBytes = bytes
    }
  }
  private(set) var takenBytes = 0
  /// A command was refused because there is no room for more: the tail must be covered by a manifest, however short it
  /// is.
  var isPressed = false
  var inFlight: Attempt<State>?

  let probeSignal = Signal()
  var probeWaiters: [UInt64: CheckedContinuation<Result<LogSnapshot<State>, Failure>, Never>] =
    [:]
  var readinessWaiters: [UInt64: CheckedContinuation<Failure?, Never>] = [:]
  private let recoverySignal = Signal()
  /// Raised when somebody begins to wait for a log that is not being read yet.
  var wantedSignal: Signal?

  /// When the state was last known to be the newest, by the server's own clock.
  var currentSince: Duration?
  var contention = Contention()

  package init(
    configuration: LogReplicaConfiguration, initial: State, opener: State.Opener,
    store: any ObjectStore, clock: any ServerClock, random: any RandomSource, logger: Logger
  ) {
    self.configuration = configuration
    self.initial = initial
    self.opener = opener
    self.state = initial
    self.store = store
    self.clock = clock
    self.random = random
    self.logger = logger
  }

  deinit { configuration.limits.allTails?.add(-(retainedBytes + queuedBytes + takenBytes)) }

  private func count(_ bytes: Int) { configuration.limits.allTails?.add(bytes) }

  /// Bytes of the entries that no manifest covers and of the commands that are to become some.
  var tailBytes: Int { retainedBytes + queuedBytes + takenBytes }

  /// The newest state this server has; nil until the log was read, or when it cannot be used.
  package nonisolated var snapshot: LogSnapshot<State>? { published.withLock { $0 } }

  nonisolated func nextTicket() -> UInt64 {
    lastTicket.wrappingAdd(1, ordering: .relaxed).newValue
  }

  func publish() {
    let snapshot = LogSnapshot(position: position, state: state)
    published.withLock { $0 = snapshot }
  }

  // MARK: Life

  /// Number of the newest manifest known; 0 before the first.
  var newestManifest: UInt64 { newest?.number ?? 0 }

  /// False once the loops of `serve` must end.
  var isServing: Bool { fault == nil && !isOutrun && !Task.isCancelled }

  /// Reads the log, then serves until the task is cancelled. A log that cannot be used is read anew once at
  /// once, then whenever somebody asks for it; one that was outrun at once, while commands wait.
  package func run() async {
    var reloadsAtOnce = true
    while !Task.isCancelled {
      await load()
      if fault == nil, isLoaded {
        reloadsAtOnce = true
        await serve()
      }
      if fault == nil, isOutrun, !Task.isCancelled { continue }
      failEverything()
      guard fault != nil, !Task.isCancelled else { continue }
      if reloadsAtOnce {
        reloadsAtOnce = false
      } else {
        await recoverySignal.wait()
      }
    }
    isClosed = true
    failEverything()
  }

  /// Forgets what is known of the log; readers keep the snapshot that was published last.
  private func startOver() {
    isLoaded = false
    fault = nil
    isOutrun = false
    settle(on: nil, state: initial)
    isPositioned = false
    newest = nil
    confirmation = nil
  }

  private func load() async {
    startOver()
    var attempts = 0
    await waitForTurn()
    var hasPlace = true
    defer { if hasPlace { configuration.loadGate?.leave() } }
    while !Task.isCancelled {
      do throws(ReadError) {
        try await readOn()
        lastProblem = nil
        isLoaded = true
        currentSince = confirmation?.sent
        publish()
        // Whoever looks after the log had nothing to look at until now.
        changes.raise()
        wakeReadinessWaiters(nil)
        return
      } catch {
        switch error {
        case .fault(let found):
          fail(found)
          return
        case .outrun:
          startOver()
          attempts += 1
          if attempts > 1 { await backOff(attempts) }
        case .store(let problem):
          lastProblem = problem.message
          attempts += 1
          logger.warning(
            "log could not be read yet",
            metadata: ["log": "\(configuration.keys.prefix)", "error": "\(problem.message)"])
          // A log whose objects cannot be read must not keep the others waiting.
          configuration.loadGate?.leave()
          hasPlace = false
          await backOff(attempts)
          await waitForTurn()
          hasPlace = true
        }
      }
    }
  }

  /// Waits for a place among the logs that are being read. One that somebody waits for is read at once: a request must
  /// not take longer the more collections there are.
  private func waitForTurn() async {
    guard let gate = configuration.loadGate else { return }
    let signal = Signal()
    wantedSignal = signal
    if !readinessWaiters.isEmpty { signal.raise() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await gate.enter() }
      group.addTask { await signal.wait() }
      await group.next()
      group.cancelAll()
    }
    wantedSignal = nil
  }

  private func serve() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.commitLoop() }
      group.addTask { await self.probeLoop() }
      group.addTask { await self.renewLoop() }
      group.addTask { await self.adoptLoop() }
      await group.next()
      group.cancelAll()
    }
    isLoaded = false
  }

  /// Ends the loops of `serve` at their next step; the log is then read anew.
  func noteOutrun() {
    guard !isOutrun else { return }
    isOutrun = true
    logger.info(
      "another server has moved the beginning of the log, reading it anew",
      metadata: ["log": "\(configuration.keys.prefix)", "position": "\(position)"])
    wakeLoops()
  }

  private func wakeLoops() {
    commandSignal.raise()
    probeSignal.raise()
    adoptionSignal.raise()
  }

  /// Marks the log as unusable; the loops of `serve` end at their next step.
  func fail(_ found: LogFault) {
    guard fault == nil else { return }
    fault = found
    published.withLock { $0 = nil }
    wakeLoops()
    logger.error(
      "log cannot be used",
      metadata: ["log": "\(configuration.keys.prefix)", "error": "\(found)"])
  }

  /// Asks for a log that cannot be used to be read anew.
  func requestRecovery() { recoverySignal.raise() }

  static var closedReason: String { "the server is stopping" }

  private func failEverything() {
    let failure: Failure =
      fault.map { .fault($0) } ?? .notApplied(reason: Self.closedReason)
    if let attempt = inFlight { finish(attempt, .unknown("the server is stopping")) }
    for command in taken + queue { command.answer(.failure(failure)) }
    taken = []
    queue = []
    queuedBytes = 0
    answerProbe(Array(probeWaiters.keys), .failure(failure))
    wakeReadinessWaiters(failure)
  }

  private func wakeReadinessWaiters(_ failure: Failure?) {
    for ticket in readinessWaiters.keys.sorted() {
      readinessWaiters[ticket]?.resume(returning: failure)
    }
    readinessWaiters = [:]
  }

  /// Full jitter: a random part of a time that doubles with each attempt.
  func backOff(_ attempts: Int) async {
    let limits = configuration.limits
    let longest = min(limits.backoffFirst * (1 << min(attempts - 1, 16)), limits.backoffMax)
    try? await clock.sleep(for: longest * random.nextUnit())
  }
}
