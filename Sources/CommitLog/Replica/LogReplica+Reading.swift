import Model
import ObjectStore

/// Why the log could not be read just now.
enum ReadError: Error {
  /// The store did not answer; may be tried again.
  case store(ObjectStoreError)
  case fault(LogFault)
}

/// What the store says of a slot, believed or not yet.
struct SlotAnswer {
  /// Nil: there is no such object.
  let object: [UInt8]?
  let date: StoreTime?
  let arrival: Duration
}

extension LogReplica {
  /// Reads the log from where the state ends. The first entries come beside the confirmation without which they
  /// count for nothing.
  func readOn() async throws(ReadError) {
    guard position == 0 else { return try await catchUp(window: 8) }
    let first = await withTaskGroup(of: Bool.self) { group in
      group.addTask { (try? await self.confirm()) != nil }
      let answers = await self.fetch(from: 1, count: 4)
      await group.waitForAll()
      return answers
    }
    if confirmation == nil { try await confirm() }
    if try await apply(first, from: 1) { return }
    try await catchUp(window: 8)
  }

  /// Reads and applies what follows the state, in windows that double, up to the first slot that is empty.
  func catchUp(window first: UInt64) async throws(ReadError) {
    var window = first
    while true {
      if let fault { throw .fault(fault) }
      let from = position + 1
      let answers = await fetch(from: from, count: window)
      if try await apply(answers, from: from) { return }
      let largest = answers.lazy.compactMap { try? $0.get().object?.count }.max() ?? 0
      let limits = configuration.limits
      let fitting = UInt64(max(limits.readAheadBytesMax / max(largest, 1), 1))
      window = min(window * 2, limits.readAheadMax, fitting)
    }
  }

  /// Fetches slots in parallel.
  func fetch(
    from first: UInt64, count: UInt64
  ) async -> [Result<SlotAnswer, ObjectStoreError>] {
    guard count > 1 else { return [await fetch(first)] }
    return await withTaskGroup(
      of: (Int, Result<SlotAnswer, ObjectStoreError>).self
    ) { group in
      for offset in 0..<count {
        group.addTask { (Int(offset), await self.fetch(first + offset)) }
      }
      var answers = [Result<SlotAnswer, ObjectStoreError>?](repeating: nil, count: Int(count))
      for await (index, answer) in group { answers[index] = answer }
      return answers.compactMap { $0 }
    }
  }

  private nonisolated func fetch(_ slot: UInt64) async -> Result<SlotAnswer, ObjectStoreError> {
    do throws(ObjectStoreError) {
      switch try await store.get(configuration.keys.entry(slot)) {
      case .found(let object):
        return .success(
          SlotAnswer(object: object.body, date: object.date, arrival: clock.now()))
      case .notFound(let date):
        return .success(SlotAnswer(object: nil, date: date, arrival: clock.now()))
      }
    } catch {
      return .failure(error)
    }
  }

  /// Applies consecutive answers as far as they are entries.
  /// - Returns: true if a slot was empty, which proves that the state held all there was when it was read.
  func apply(
    _ answers: [Result<SlotAnswer, ObjectStoreError>], from first: UInt64
  ) async throws(ReadError) -> Bool {
    var slot = first
    for answer in answers {
      let found: SlotAnswer
      switch answer {
      case .success(let success): found = success
      case .failure(let error): throw .store(error)
      }
      try await believe(date: found.date, arrival: found.arrival)
      guard let object = found.object else {
        currentSince = found.arrival
        return true
      }
      try apply(object, slot: slot)
      slot += 1
    }
    return false
  }

  /// Applies the object of a slot if it is the next one; one that is already in the state is passed over.
  func apply(_ object: [UInt8], slot: UInt64) throws(ReadError) {
    guard slot == position + 1 else { return }
    let key = configuration.keys.entry(slot)
    let entry: LogEntry
    do throws(LogObjectError) {
      entry = try LogEntryCodec.decode(object, number: slot, key: key)
    } catch {
      throw .fault(LogFault(error))
    }
    guard entry.previousHash == lastHash else {
      throw .fault(
        .damaged("object \(key) does not continue the entry before it: its chain hash differs"))
    }
    if let attempt = inFlight, attempt.slot == slot, attempt.entry.putID == entry.putID {
      applyOwn(attempt)
      return
    }
    do {
      try state.apply(entry.payload)
    } catch {
      throw .fault(.damaged("object \(key) is damaged: \(error.message)"))
    }
    advance(to: slot, hash: LogHash(ofObject: object))
    if entry.writer != configuration.writer { contention.met(entry.writer, at: clock.now()) }
    if let attempt = inFlight, attempt.slot == slot { attempt.resolution = .lost }
  }

  func applyOwn(_ attempt: Attempt<State>) {
    guard attempt.slot == position + 1 else { return }
    state = attempt.candidate
    attempt.resolution = .won
    advance(to: attempt.slot, hash: attempt.hash)
  }

  private func advance(to slot: UInt64, hash: LogHash) {
    position = slot
    lastHash = hash
    if isLoaded { publish() }
  }

  // MARK: Belief (S4)

  /// Returns when an answer with this date and arrival counts; confirms first where it must.
  func believe(date: StoreTime?, arrival: Duration) async throws(ReadError) {
    if let confirmation,
      confirmation.covers(date: date, arrival: arrival, grace: configuration.grace)
    {
      return
    }
    try await confirm()
  }

  /// Proves by a GET of the next manifest that there is none.
  func confirm() async throws(ReadError) {
    let sent = clock.now()
    let key = configuration.keys.manifest(newestManifest + 1)
    let answer: GetAnswer
    do throws(ObjectStoreError) {
      answer = try await store.get(key)
    } catch {
      throw .store(error)
    }
    switch answer {
    case .notFound(let date):
      if let confirmation, confirmation.sent > sent { return }
      confirmation = Confirmation(date: date, sent: sent)
    case .found:
      throw .fault(
        .newerFormat(
          "object \(key) is a manifest, which this version of Apus cannot read: use the newer version "
            + "that wrote it"))
    }
  }

  /// Renews the confirmation while the log is in use, so that no request has to wait for it.
  func renewLoop() async {
    while fault == nil, !Task.isCancelled {
      try? await clock.sleep(for: configuration.grace / 4)
      guard isUsedSinceRenewal, !Task.isCancelled else { continue }
      isUsedSinceRenewal = false
      do throws(ReadError) {
        try await confirm()
      } catch {
        if case .fault(let found) = error { fail(found) }
      }
    }
  }
}
