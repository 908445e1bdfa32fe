import Model
package import ObjectStore
import Synchronization

/// One node's way to the shared bucket, which misbehaves as its `FaultProfile` and the seed say.
///
/// A request lives on its own once it is sent: it reaches the bucket whether its sender waits, was cancelled,
/// is paused or (by seed) was killed.
package final class SimulatedStore: ObjectStore {
  /// Which way a partition cuts off.
  package enum Direction: Sendable, Hashable {
    case both
    /// Requests do not reach the store.
    case requests
    /// Requests are applied, but their answers do not come back.
    case answers
  }

  private struct State {
    var profile: FaultProfile
    var slowness = 1.0
    var partition: Direction?
    var waiting: [UInt64: UnsafeContinuation<StoreOutcome, Never>] = [:]
    /// Requests whose caller was cancelled before they reached the bucket.
    var abandoned: Set<UInt64> = []
  }

  let bucket: SimulatedBucket
  private let node: SimulatedNode
  private let state: Mutex<State>
  private var scheduler: SimulationScheduler { bucket.scheduler }

  init(bucket: SimulatedBucket, node: SimulatedNode, profile: FaultProfile) {
    self.bucket = bucket
    self.node = node
    state = Mutex(State(profile: profile))
  }

  /// The behaviour of requests sent from now on.
  package var profile: FaultProfile {
    get { state.withLock { $0.profile } }
    set { state.withLock { $0.profile = newValue } }
  }

  /// A factor for all latencies of this node; 1 at first.
  package var slowness: Double {
    get { state.withLock { $0.slowness } }
    set { state.withLock { $0.slowness = newValue } }
  }

  /// Cuts the node off from the bucket, also what is under way; nil mends it.
  package var partition: Direction? {
    get { state.withLock { $0.partition } }
    set {
      state.withLock { $0.partition = newValue }
      scheduler.note(newValue.map { "cut off (\($0))" } ?? "no longer cut off", node: node)
    }
  }

  /// Cuts the node off for a stretch of virtual time.
  package func cutOff(_ direction: Direction = .both, for duration: Duration) {
    partition = direction
    scheduler.schedule(after: duration) { self.partition = nil }
  }

  package func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> GetAnswer {
    switch try await send(.get(Text(key), range)).get() {
    case .get(let answer): answer
    default: preconditionFailure("a get was answered with something else")
    }
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    switch try await send(.create(Text(key), body)).get() {
    case .create(let answer): answer
    default: preconditionFailure("a create was answered with something else")
    }
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    if body.count > bucket.partBytes { return try await putInParts(Text(key), body) }
    return try await sendForDate(.put(Text(key), body))
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    let request = StoreRequest.list(
      prefix: Text(prefix), startAfter: startAfter.map { Text($0) }, maxKeys: maxKeys)
    switch try await send(request).get() {
    case .list(let answer): return answer
    default: preconditionFailure("a list was answered with something else")
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await sendForDate(.delete([Text(key)]))
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    guard !keys.isEmpty else { return nil }
    return try await sendForDate(.delete(keys.map { Text($0) }))
  }

  func sendForDate(_ request: StoreRequest) async throws(ObjectStoreError) -> StoreTime? {
    switch try await send(request).get() {
    case .done(let date): date
    default: preconditionFailure("a write was answered with something else")
    }
  }

  func send(_ request: StoreRequest) async -> StoreOutcome {
    if let objection = request.objection { return .failure(objection) }
    let id = scheduler.newID()
    // One thread runs everything, so nothing comes between the check for cancellation and the sending.
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        guard !Task.isCancelled, !scheduler.isTornDown else {
          let error = request.error(.cancelled, "cancelled", mayHaveBeenApplied: false)
          return continuation.resume(returning: .failure(error))
        }
        state.withLock { $0.waiting[id] = continuation }
        if node.isAlive { bucket.announce(request, from: node.name) }
        if node.isAlive { launch(request, id: id) }
      }
    } onCancel: {
      cancel(request, id: id)
    }
  }

  private func cancel(_ request: StoreRequest, id: UInt64) {
    let continuation = state.withLock { state in
      let continuation = state.waiting.removeValue(forKey: id)
      if continuation != nil { state.abandoned.insert(id) }
      return continuation
    }
    guard let continuation else { return }
    scheduler.note("cancelled \(request.kind.rawValue)", request.subject, node: node)
    let error = request.error(.cancelled, "cancelled", mayHaveBeenApplied: true)
    continuation.resume(returning: .failure(error))
  }

  private func launch(_ request: StoreRequest, id: UInt64) {
    bucket.countSent(request.kind, from: node.name)
    let (profile, slowness, partition) = state.withLock {
      ($0.profile, $0.slowness, $0.partition)
    }
    let plan = RequestPlan(
      kind: request.kind, profile: profile, slowness: slowness, random: scheduler.faults)
    let flight = StoreFlight(id: id, request: request, sent: scheduler.now, plan: plan)
    // Without an open connection a client knows that its request was not sent.
    if partition == .both || partition == .requests, !plan.hasConnection {
      return scheduler.schedule(after: min(plan.answer, plan.timeout)) {
        self.complete(flight, .failure(flight.refusal))
      }
    }
    for index in plan.arrivals.indices {
      scheduler.schedule(after: plan.arrivals[index]) {
        self.arrive(flight, isLast: index == plan.arrivals.count - 1)
      }
    }
    if let error = flight.errorInsteadOfAnswer {
      scheduler.schedule(after: plan.answer) { self.complete(flight, .failure(error)) }
    } else if plan.answer > plan.timeout {
      timeOut(flight)
    }
  }

  /// The request reaches the bucket, unless something keeps it from doing so.
  private func arrive(_ flight: StoreFlight, isLast: Bool) {
    let (request, plan) = (flight.request, flight.plan)
    let wasAbandoned = state.withLock { state in
      isLast ? state.abandoned.remove(flight.id) != nil : state.abandoned.contains(flight.id)
    }
    if wasAbandoned || !node.isAlive, !plan.landsWithoutSender {
      scheduler.note("lost \(request.kind.rawValue) without sender", request.subject, node: node)
      return
    }
    let partition = state.withLock { $0.partition }
    guard partition == nil || partition == .answers else {
      scheduler.note("lost \(request.kind.rawValue) in partition", request.subject, node: node)
      return timeOut(flight)
    }
    let reply = bucket.apply(request, from: node.name, deletions: flight.deletions)
    scheduler.note("\(request.kind.rawValue) \(reply.summary)", request.subject, node: node)
    let isAnswered = flight.errorInsteadOfAnswer == nil && plan.answer <= plan.timeout
    guard isLast, isAnswered else { return }
    scheduler.schedule(after: flight.sent + plan.answer - scheduler.now) {
      let partition = self.state.withLock { $0.partition }
      guard partition == nil || partition == .requests else { return self.timeOut(flight) }
      self.complete(flight, flight.outcome(of: reply))
    }
  }

  /// The client hears nothing and gives up when its time is over.
  private func timeOut(_ flight: StoreFlight) {
    scheduler.schedule(after: flight.sent + flight.plan.timeout - scheduler.now) {
      self.complete(flight, .failure(flight.timeoutError))
    }
  }

  private func complete(_ flight: StoreFlight, _ outcome: StoreOutcome) {
    guard node.isAlive else { return }
    let continuation = state.withLock { $0.waiting.removeValue(forKey: flight.id) }
    guard let continuation else { return }
    if case .failure(let error) = outcome { scheduler.note("failed", error.message, node: node) }
    continuation.resume(returning: outcome)
  }
}
