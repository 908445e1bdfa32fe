import Model
import ObjectStore

extension LogReplica {
  /// The state with everything in it that was in the log when this was called, or newer.
  ///
  /// Callers share a look into the bucket, but only one that was begun after they came.
  package func refresh() async throws(LogFailure<State.Rejection>) -> LogSnapshot<State> {
    if let fault, !isLoaded {
      requestRecovery()
      throw .fault(fault)
    }
    isUsedSinceRenewal = true
    let result = await withCheckedContinuation { continuation in
      probeWaiters.append(continuation)
      probeSignal.raise()
    }
    return try result.get()
  }

  /// Returns when the log was read; throws if that takes longer than `deadline`.
  package nonisolated func waitUntilReady(
    deadline: Duration
  ) async throws(LogFailure<State.Rejection>) -> LogSnapshot<State> {
    if let snapshot { return snapshot }
    let ticket = nextTicket()
    let failure = await withTaskGroup(
      of: LogFailure<State.Rejection>?.self
    ) { group -> LogFailure<State.Rejection>? in
      group.addTask { await self.awaitReadiness(ticket) }
      group.addTask {
        try? await self.clock.sleep(for: deadline)
        await self.giveUpReadiness(ticket)
        return nil
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? nil
    }
    if let failure { throw failure }
    guard let snapshot else { throw .notApplied(reason: await self.notReadyReason) }
    return snapshot
  }

  private var notReadyReason: String {
    lastProblem.map { "still loading: \($0)" } ?? "still loading"
  }

  private func awaitReadiness(_ ticket: UInt64) async -> LogFailure<State.Rejection>? {
    if isLoaded { return nil }
    if let fault {
      requestRecovery()
      return .fault(fault)
    }
    if Task.isCancelled { return .notApplied(reason: notReadyReason) }
    return await withCheckedContinuation { readinessWaiters[ticket] = $0 }
  }

  private func giveUpReadiness(_ ticket: UInt64) {
    readinessWaiters.removeValue(forKey: ticket)?
      .resume(returning: .notApplied(reason: notReadyReason))
  }

  /// Looks for newer entries whenever somebody waits for it.
  func probeLoop() async {
    while fault == nil, !Task.isCancelled {
      if probeWaiters.isEmpty {
        await probeSignal.wait()
        continue
      }
      let waiters = probeWaiters
      probeWaiters = []
      let result: Result<LogSnapshot<State>, LogFailure<State.Rejection>>
      do throws(ReadError) {
        try await catchUp(window: 1)
        result = .success(LogSnapshot(position: position, state: state))
      } catch {
        note(error)
        switch error {
        case .store(let problem): result = .failure(.notApplied(reason: problem.message))
        case .fault(let found): result = .failure(.fault(found))
        }
      }
      for waiter in waiters { waiter.resume(returning: result) }
    }
  }

  /// Time since the state was last known to be the newest; nil if it never was.
  package var lag: Duration? { currentSince.map { clock.now() - $0 } }

  /// Why the log cannot be used, if so.
  package var failureDescription: String? {
    switch fault {
    case .damaged(let reason), .newerFormat(let reason): reason
    case nil: isLoaded ? nil : lastProblem
    }
  }
}
