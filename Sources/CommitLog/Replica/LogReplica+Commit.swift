import Model
import ObjectStore

extension LogReplica {
  /// Commits what is queued, one entry at a time, until cancelled or the log cannot be used.
  func commitLoop() async {
    var failures = 0
    while isServing {
      if queue.isEmpty {
        await commandSignal.wait()
        continue
      }
      let pause = contention.notBefore - clock.now()
      if pause > .zero { try? await clock.sleep(for: pause) }
      if await commitNext() {
        failures = 0
      } else {
        failures += 1
        await backOff(failures)
      }
    }
  }

  /// Decides the queued commands and brings them into the log, or proves that they need no entry.
  /// - Returns: false if the store did not answer, so that the next attempt should wait.
  private func commitNext() async -> Bool {
    taken = takeCommands()
    defer { taken = [] }
    guard !taken.isEmpty else { return true }
    isUsedSinceRenewal = true
    let (decidedAt, decidedOn) = (position, settlements)
    let decided = await decide(taken)
    guard position == decidedAt, settlements == decidedOn, isServing else {
      // Deciding may read the bucket, and meanwhile the state went on.
      putBack(taken)
      return true
    }
    putBack(decided.rest)
    taken = decided.decisions.map(\.command)
    guard !taken.isEmpty else { return true }
    guard let attempt = decided.attempt else { return await answerWithoutEntry(decided.decisions) }
    inFlight = attempt
    let resolution = await append(attempt)
    finish(attempt, resolution)
    switch resolution {
    case .won: return true
    case .refused, .unknown: return false
    case .withdrawn:
      putBack(taken)
      return true
    case .lost:
      if !configuration.rules.contains(.decidesAnewAfterLoss) {
        return await appendUnchanged(attempt)
      }
      putBack(taken)
      return attempt.isCaughtUp ? true : await readAheadAfterLoss()
    }
  }

  private struct Decided {
    /// Nil if nothing is to be written.
    var attempt: Attempt<State>?
    var decisions: [Attempt<State>.Decision]
    /// Commands for another entry.
    var rest: [Pending]
  }

  /// Decides commands one after the other, each on the state with the earlier ones applied, as many as fit
  /// into an entry.
  private func decide(_ batch: [Pending]) async -> Decided {
    let (entryNumber, previousHash, base) = (position + 1, lastHash, state)
    var candidate = base
    // What grows step by step takes up to twice its size.
    let estimate = batch.reduce(64) { $0 + $1.bytes }
    var open = OpenLogEntry(estimatedBytes: estimate)
    var decided = Decided(attempt: nil, decisions: [], rest: [])
    for (index, pending) in batch.enumerated() {
      guard open.payloadBytes < configuration.limits.entryBytesTarget else {
        decided.rest = Array(batch[index...])
        break
      }
      let before = open.payloadBytes
      let result: Result<State.Outcome, State.Rejection>
      do throws(State.Rejection) {
        if !configuration.rules.contains(.decidesWithinEntry) { candidate = base }
        result = .success(try await candidate.decide(pending.command, into: &open.payload))
      } catch {
        open.truncatePayload(to: before)
        result = .failure(error)
      }
      let bytes = open.payloadBytes - before
      guard bytes <= configuration.limits.commandBytesMax else {
        pending.answer(
          .failure(
            .tooLarge(
              bytes: bytes, bytesMax: configuration.limits.commandBytesMax)))
        var shorter = await decide(Array(batch[..<index]))
        shorter.rest += batch[(index + 1)...]
        return shorter
      }
      decided.decisions.append((pending, result, bytes > 0))
    }
    guard open.payloadBytes > 0 else { return decided }
    if !configuration.rules.contains(.decidesWithinEntry) {
      candidate = base
      try? candidate.apply(open.payloadSoFar)
    }
    let (entry, object) = open.close(
      number: entryNumber, previousHash: previousHash, writer: configuration.writer,
      putID: .random(from: random))
    decided.attempt = Attempt(
      entry: entry, object: object, candidate: candidate, decisions: decided.decisions)
    return decided
  }

  /// Answers commands that write nothing, once the next slot, asked for now, was empty: without a PUT nothing
  /// else proves that the state they were decided on is current.
  private func answerWithoutEntry(_ decisions: [Attempt<State>.Decision]) async -> Bool {
    let base = position
    if configuration.rules.contains(.provesWithoutWriting) {
      do throws(ReadError) {
        let sent = clock.now()
        let answers = await fetch(from: base + 1, count: 1)
        contention.measuredGet(clock.now() - sent)
        if try await !apply(answers, from: base + 1) {
          try await catchUp(window: 2)
          putBack(taken)
          return true
        }
      } catch {
        putBack(taken)
        note(error)
        return false
      }
    }
    lastProblem = nil
    for decision in decisions { answer(decision, at: base) }
    return true
  }

  private func answer(_ decision: Attempt<State>.Decision, at position: UInt64) {
    switch decision.result {
    case .success(let outcome):
      decision.command.answer(.success(Committed(outcome: outcome, position: position)))
    case .failure(let rejection):
      decision.command.answer(.failure(.rejected(rejection)))
    }
  }

  /// Answers the commands of an attempt by what became of it, but for one that lost its slot.
  func finish(_ attempt: Attempt<State>, _ resolution: Attempt<State>.Resolution) {
    inFlight = nil
    switch resolution {
    case .won:
      contention.won(at: clock.now(), limits: configuration.limits, random: random)
      lastProblem = nil
      for decision in attempt.decisions { answer(decision, at: attempt.slot) }
    case .lost, .withdrawn: break
    case .refused(let reason):
      for decision in attempt.decisions {
        decision.command.answer(.failure(.notApplied(reason: reason)))
      }
    case .unknown(let reason):
      for decision in attempt.decisions {
        decision.command.answer(
          .failure(
            decision.writes && attempt.mayBeApplied
              ? .outcomeUnknown(reason: reason) : .notApplied(reason: reason)))
      }
    }
  }

  private func readAheadAfterLoss() async -> Bool {
    do throws(ReadError) {
      try await catchUp(window: 1)
      return true
    } catch {
      note(error)
      return false
    }
  }

  /// Keeps the error for messages, and ends the service where it is for good.
  func note(_ error: ReadError) {
    switch error {
    case .store(let problem): lastProblem = problem.message
    case .fault(let found): fail(found)
    case .outrun: noteOutrun()
    }
  }

  /// What a server without rule S1 would do: put the same decisions on top of a state they were not made on.
  /// Only the simulation ever comes here.
  private func appendUnchanged(_ lost: Attempt<State>) async -> Bool {
    _ = await readAheadAfterLoss()
    var candidate = state
    try? candidate.apply(lost.entry.payload)
    let entry = LogEntry(
      number: position + 1, previousHash: lastHash, writer: configuration.writer,
      putID: .random(from: random), payload: lost.entry.payload)
    let attempt = Attempt(
      entry: entry, object: LogEntryCodec.encode(entry), candidate: candidate,
      decisions: lost.decisions.filter { !$0.command.isAnswered })
    inFlight = attempt
    let resolution = await append(attempt)
    finish(attempt, resolution)
    if case .lost = resolution { return await appendUnchanged(attempt) }
    return true
  }
}
