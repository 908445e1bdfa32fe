import Model
import ObjectStore

extension LogReplica {
  /// The state with everything in it that was in the log when this was called, or newer.
  ///
  /// Callers share a look into the bucket, but only one that was begun after they came. Throws if it takes longer
  /// than `deadline`.
  package nonisolated func refresh(
    deadline: Duration
  ) async throws(LogFailure<State.Rejection>) -> LogSnapshot<State> {
    let ticket = nextTicket()
    let end = clock.now() + deadline
    let result = await withTaskGroup(
      of: Result<LogSnapshot<State>, LogFailure<State.Rejection>>?.self
    ) { group -> Result<LogSnapshot<State>, LogFailure<State.Rejection>> in
      group.addTask { await self.awaitProbe(ticket, end: end) }
      group.addTask {
        try? await self.clock.sleep(for: deadline)
        await self.giveUpProbe(ticket)
        return nil
      }
      while let next = await group.next() {
        guard let result = next else { continue }
        group.cancelAll()
        return result
      }
      return .failure(.notApplied(reason: Self.closedReason))
    }
    return try result.get()
  }

  private func awaitProbe(
    _ ticket: UInt64, end: Duration
  ) async -> Result<LogSnapshot<State>, LogFailure<State.Rejection>> {
    if isClosed { return .failure(.notApplied(reason: Self.closedReason)) }
    if let fault {
      requestRecovery()
      return .failure(.fault(fault))
    }
    guard !Task.isCancelled, clock.now() < end else {
      return .failure(.notApplied(reason: noAnswerReason))
    }
    isUsedSinceRenewal = true
    return await withCheckedContinuation { continuation in
      probeWaiters[ticket] = continuation
      probeSignal.raise()
    }
  }

  private func giveUpProbe(_ ticket: UInt64) {
    answerProbe([ticket], .failure(.notApplied(reason: noAnswerReason)))
  }

  private var noAnswerReason: String {
    let reason = "no answer from the bucket in time"
    return lastProblem.map { "\(reason): \($0)" } ?? reason
  }

  /// Answers those of the waiters that still wait.
  func answerProbe(
    _ tickets: [UInt64], _ result: Result<LogSnapshot<State>, LogFailure<State.Rejection>>
  ) {
    for ticket in tickets.sorted() {
      probeWaiters.removeValue(forKey: ticket)?.resume(returning: result)
    }
  }

  /// Returns when the log was read; throws if that takes longer than `deadline`.
  package nonisolated func waitUntilReady(
    deadline: Duration
  ) async throws(LogFailure<State.Rejection>) -> LogSnapshot<State> {
    if let snapshot { return snapshot }
    let ticket = nextTicket()
    let end = clock.now() + deadline
    let failure = await withTaskGroup(
      of: LogFailure<State.Rejection>?.self
    ) { group -> LogFailure<State.Rejection>? in
      group.addTask { await self.awaitReadiness(ticket, end: end) }
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

  private func awaitReadiness(
    _ ticket: UInt64, end: Duration
  ) async -> LogFailure<State.Rejection>? {
    if isLoaded { return nil }
    if isClosed { return .notApplied(reason: Self.closedReason) }
    if let fault {
      requestRecovery()
      return .fault(fault)
    }
    guard !Task.isCancelled, clock.now() < end else {
      return .notApplied(reason: notReadyReason)
    }
    return await withCheckedContinuation { continuation in
      readinessWaiters[ticket] = continuation
      wantedSignal?.raise()
    }
  }

  private func giveUpReadiness(_ ticket: UInt64) {
    readinessWaiters.removeValue(forKey: ticket)?
      .resume(returning: .notApplied(reason: notReadyReason))
  }

  /// Looks for newer entries whenever somebody waits for it.
  func probeLoop() async {
    while isServing {
      if probeWaiters.isEmpty {
        await probeSignal.wait()
        continue
      }
      let waiters = Array(probeWaiters.keys)
      let result: Result<LogSnapshot<State>, LogFailure<State.Rejection>>
      do throws(ReadError) {
        try await catchUp(window: 1)
        result = .success(LogSnapshot(position: position, state: state))
      } catch {
        note(error)
        switch error {
        case .store(let problem): result = .failure(.notApplied(reason: problem.message))
        case .fault(let found): result = .failure(.fault(found))
        case .outrun: return
        }
      }
      answerProbe(waiters, result)
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
