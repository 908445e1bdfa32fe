import Model
import ObjectStore

extension LogReplica {
  /// Brings the entry into its slot, or learns for certain that another has it. Never leaves the slot before
  /// that (S2), however long it takes.
  func append(_ attempt: Attempt<State>) async -> Attempt<State>.Resolution {
    let key = configuration.keys.entry(attempt.slot)
    var failures = 0
    while true {
      if let resolution = settled(attempt) { return resolution }
      let mightBefore = attempt.mayBeApplied
      // A write that was answered "not applied" while nothing was on its way must never be sent after that.
      if !mightBefore, configuration.rules.contains(.withdrawsRefused),
        attempt.decisions.contains(where: { $0.writes && $0.command.isAnswered })
      {
        return .withdrawn
      }
      attempt.mayBeApplied = true
      let sent = clock.now()
      let answer: Result<CreateAnswer, ObjectStoreError>
      do throws(ObjectStoreError) {
        answer = .success(try await store.create(key, attempt.object))
      } catch {
        answer = .failure(error)
      }
      let arrival = clock.now()
      switch answer {
      case .success(.created(let date)):
        contention.measuredPut(arrival - sent)
        return await acceptCreation(attempt, date: date, sent: sent, arrival: arrival)
      case .success(.exists):
        contention.measuredPut(arrival - sent)
        if !configuration.rules.contains(.resolvesByReading) { return await takeForLost(attempt) }
        if let resolution = await resolveByReading(attempt) { return resolution }
      case .failure(let error):
        lastProblem = error.message
        if !error.mayHaveBeenApplied { attempt.mayBeApplied = mightBefore }
        if !attempt.mayBeApplied {
          guard error.isTransient, attempt.decisions.contains(where: { !$0.command.isAnswered })
          else { return .refused(error.message) }
        } else {
          if !configuration.rules.contains(.resolvesByReading) { return await takeForLost(attempt) }
          if let resolution = await resolveByReading(attempt) { return resolution }
        }
      }
      failures += 1
      await backOff(failures)
    }
  }

  /// What is known of the attempt without asking: settled by another path, or given up with the replica.
  private func settled(_ attempt: Attempt<State>) -> Attempt<State>.Resolution? {
    if let resolution = attempt.resolution { return resolution }
    if let fault { return .unknown("\(fault)") }
    if isOutrun {
      return .unknown("another server moved the beginning of the log while this was on its way")
    }
    return Task.isCancelled ? .unknown("the server is stopping") : nil
  }

  /// The store says that it created the object; that counts when it is believed (S4).
  private func acceptCreation(
    _ attempt: Attempt<State>, date: StoreTime?, sent: Duration, arrival: Duration
  ) async -> Attempt<State>.Resolution {
    var failures = 0
    if covers(date: date, arrival: arrival) || !configuration.rules.contains(.confirmsByManifest) {
      confirmation = Confirmation(date: date, sent: sent)
    } else {
      while true {
        do throws(ReadError) {
          try await confirm()
          break
        } catch {
          note(error)
        }
        if let resolution = settled(attempt) { return resolution }
        failures += 1
        await backOff(failures)
      }
    }
    if let resolution = attempt.resolution { return resolution }
    applyOwn(attempt, date: date)
    currentSince = arrival
    return .won
  }

  /// Reads the slot until it is known whose entry it holds; with it, in parallel, the one that follows.
  /// - Returns: nil if the slot is empty, so that the same bytes must be sent again.
  private func resolveByReading(
    _ attempt: Attempt<State>
  ) async -> Attempt<State>.Resolution? {
    var failures = 0
    while true {
      if let resolution = settled(attempt) { return resolution }
      do throws(ReadError) {
        let sent = clock.now()
        let answers = await fetch(from: attempt.slot, count: 2)
        contention.measuredGet(clock.now() - sent)
        let isEmpty = try await apply(Array(answers.prefix(1)), from: attempt.slot)
        if let resolution = attempt.resolution {
          if case .lost = resolution, answers.count > 1, case .success = answers[1] {
            attempt.isCaughtUp = try await apply(
              Array(answers.dropFirst()), from: attempt.slot + 1)
          }
          return resolution
        }
        if isEmpty { return nil }
      } catch {
        note(error)
      }
      failures += 1
      await backOff(failures)
    }
  }

  /// What a server without rule S2 would do: take an unclear answer for a refusal, and write the same again
  /// elsewhere. Only the simulation ever comes here.
  private func takeForLost(_ attempt: Attempt<State>) async -> Attempt<State>.Resolution {
    inFlight = nil
    do throws(ReadError) {
      try await catchUp(window: 1)
    } catch {
      note(error)
    }
    return .lost
  }
}
