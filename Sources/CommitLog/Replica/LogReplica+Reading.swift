import Model
import ObjectStore

/// Why the log could not be read just now.
enum ReadError: Error {
  /// The store did not answer; may be tried again.
  case store(ObjectStoreError)
  case fault(LogFault)
  /// A newer manifest covers more than the state holds, so the log must be read anew from there.
  case outrun
}

/// What the store says of a slot, believed or not yet.
struct SlotAnswer {
  /// Nil: there is no such object.
  let object: [UInt8]?
  let date: StoreTime?
  var lastModified: StoreTime?
  let arrival: Duration
}

extension LogReplica {
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
          SlotAnswer(
            object: object.body, date: object.date, lastModified: object.lastModified,
            arrival: clock.now()))
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
      try apply(object, slot: slot, date: found.lastModified)
      slot += 1
    }
    return false
  }

  /// Applies the object of a slot if it is the next one; one that is already in the state is passed over.
  func apply(_ object: [UInt8], slot: UInt64, date: StoreTime?) throws(ReadError) {
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
      applyOwn(attempt, date: date)
      return
    }
    do {
      try state.apply(entry.payload)
    } catch {
      throw .fault(.damaged("object \(key) is damaged: \(error.message)"))
    }
    advance(to: entry, hash: LogHash(ofObject: object), date: date)
    if entry.writer != configuration.writer { contention.met(entry.writer, at: clock.now()) }
    if let attempt = inFlight, attempt.slot == slot { attempt.resolution = .lost }
  }

  func applyOwn(_ attempt: Attempt<State>, date: StoreTime?) {
    guard attempt.slot == position + 1 else { return }
    state = attempt.candidate
    attempt.resolution = .won
    advance(to: attempt.entry, hash: attempt.hash, date: date)
  }

  private func advance(to entry: LogEntry, hash: LogHash, date: StoreTime?) {
    position = entry.number
    lastHash = hash
    retained.append(
      RetainedEntry(
        number: entry.number, hash: hash, payload: entry.payload, date: date,
        isOwn: entry.writer == configuration.writer))
    retainedBytes += RetainedEntry.memoryBytes(entry.payload.count)
    if isLoaded {
      publish()
      changes.raise()
    }
  }
}
