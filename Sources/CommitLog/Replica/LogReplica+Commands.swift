import Model

extension LogReplica {
  /// Brings the command into the log, or learns that it needs no entry, and answers when that is certain: the
  /// entry is in the bucket and in `snapshot`.
  ///
  /// Answered within `deadline` at the latest, with `.notApplied` or `.outcomeUnknown` if need be. A caller that
  /// is cancelled leaves the queue; what was already sent for it is carried through.
  package nonisolated func submit(
    _ command: State.Command, deadline: Duration
  ) async throws(LogFailure<State.Rejection>) -> Committed<State.Outcome> {
    let ticket = nextTicket()
    let end = clock.now() + deadline
    let result = await withTaskGroup(
      of: PendingCommand<State>.Result?.self
    ) { group -> PendingCommand<State>.Result in
      group.addTask { await self.enqueue(command, ticket: ticket, end: end) }
      group.addTask {
        let isTimeUp = (try? await self.clock.sleep(for: deadline)) != nil
        await self.expire(
          ticket, isTimeUp ? "no answer from the bucket within \(deadline)" : "the caller has gone")
        return nil
      }
      for await result in group {
        guard let result else { continue }
        group.cancelAll()
        return result
      }
      return .failure(.outcomeUnknown(reason: "the request ended without an answer"))
    }
    return try result.get()
  }

  private func enqueue(
    _ command: State.Command, ticket: UInt64, end: Duration
  ) async -> PendingCommand<State>.Result {
    if isClosed { return .failure(.notApplied(reason: Self.closedReason)) }
    if let fault {
      requestRecovery()
      return .failure(.fault(fault))
    }
    guard !Task.isCancelled, clock.now() < end else {
      return .failure(.notApplied(reason: "the request ended before it was looked at"))
    }
    if isReadOnly {
      return .failure(
        .fault(
          .newerFormat(
            "\(configuration.keys.prefix) may be written only by a newer version of Apus")))
    }
    let limits = configuration.limits
    let tailBytes = tailBytes
    let bytes = State.estimatedBytes(of: command)
    let hasRoom =
      bytes <= limits.tailBytesMax - tailBytes
      && limits.allTails?.hasRoom(for: bytes, own: tailBytes) ?? true
    // What is too large for any tail is a tail of its own.
    guard hasRoom || tailBytes == 0 || State.endsLog(command) else {
      isPressed = true
      changes.raise()
      return .failure(
        .overloaded(
          reason: "\(tailBytes) bytes of new records wait to become a segment already"))
    }
    guard queue.count < limits.queuedCommandsMax, queuedBytes < limits.queuedBytesMax else {
      return .failure(
        .notApplied(
          reason: "\(queue.count) writes with \(queuedBytes) bytes are waiting already"))
    }
    return await withCheckedContinuation { continuation in
      let pending = Pending(ticket: ticket, command: command, continuation: continuation)
      queue.append(pending)
      queuedBytes += pending.bytes
      commandSignal.raise()
    }
  }

  /// Answers a command whose time is up, or whose caller has gone, with what is certain of it.
  private func expire(_ ticket: UInt64, _ reason: String) {
    let reason = lastProblem.map { "\(reason); \($0)" } ?? reason
    if let index = queue.firstIndex(where: { $0.ticket == ticket }) {
      let pending = queue.remove(at: index)
      queuedBytes -= pending.bytes
      pending.answer(.failure(.notApplied(reason: reason)))
      return
    }
    guard let pending = taken.first(where: { $0.ticket == ticket }) else { return }
    let isWriting =
      inFlight?.decisions.contains { $0.command.ticket == ticket && $0.writes } ?? false
    if isWriting, inFlight?.mayBeApplied ?? false, configuration.rules.contains(.admitsUnknown) {
      pending.answer(.failure(.outcomeUnknown(reason: reason)))
    } else {
      pending.answer(.failure(.notApplied(reason: reason)))
    }
  }

  /// Commands that wait or are under way.
  package var pendingCount: Int { queue.count + taken.count { !$0.isAnswered } }

  /// Takes as many commands from the queue as one entry may hold, in the order in which they came.
  func takeCommands() -> [Pending] {
    let limits = configuration.limits
    var count = 0
    var bytes = 0
    while count < queue.count, count < limits.entryCommandsMax {
      let next = queue[count].bytes
      if count > 0, bytes + next > limits.entryBytesTarget { break }
      bytes += next
      count += 1
    }
    let batch = queue[..<count].filter { !$0.isAnswered }
    queue.removeFirst(count)
    queuedBytes -= bytes
    return batch
  }

  /// Puts commands back at the head of the queue, but for those that were answered meanwhile.
  func putBack(_ commands: [Pending]) {
    let waiting = commands.filter { !$0.isAnswered }
    queue.insert(contentsOf: waiting, at: 0)
    for pending in waiting { queuedBytes += pending.bytes }
  }
}
