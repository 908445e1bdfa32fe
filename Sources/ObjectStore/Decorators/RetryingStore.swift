package import Model

/// Repeats what may be repeated: reads, lists, deletes and puts after every transient error, creates only
/// after one that certainly changed nothing (rule S2).
///
/// Between two attempts lies a random part of a pause that doubles (full jitter, as in Brooker: Exponential
/// backoff and jitter, 2015). The error that is thrown in the end says how many attempts there were, and
/// `mayHaveBeenApplied` if any of them may have been.
package struct RetryingStore<Base: ObjectStore>: ObjectStore {
  package struct Limits: Sendable {
    /// Attempts in all, the first included; at least 1.
    package var attemptsMax: Int
    /// Upper bound of the first pause; doubled for each further one.
    package var firstPause: Duration
    package var longestPause: Duration
    /// No attempt begins later than this after the first one. One that has begun ends by the store's own
    /// deadline.
    package var overall: Duration

    package init(
      attemptsMax: Int = 8, firstPause: Duration = .milliseconds(50),
      longestPause: Duration = .seconds(5), overall: Duration = .seconds(60)
    ) {
      self.attemptsMax = attemptsMax
      self.firstPause = firstPause
      self.longestPause = longestPause
      self.overall = overall
    }
  }

  package let base: Base
  private let limits: Limits
  private let clock: any ServerClock
  private let random: any RandomSource

  package init(
    _ base: Base, limits: Limits = Limits(), clock: any ServerClock, random: any RandomSource
  ) {
    self.base = base
    self.limits = limits
    self.clock = clock
    self.random = random
  }

  package func get(
    _ key: String, range: ByteRange?
  ) async throws(ObjectStoreError) -> GetAnswer {
    try await repeating { () async throws(ObjectStoreError) in
      try await base.get(key, range: range)
    }
  }

  package func create(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    try await repeating(onlyUnapplied: true) { () async throws(ObjectStoreError) in
      try await base.create(key, body)
    }
  }

  package func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try await repeating { () async throws(ObjectStoreError) in try await base.put(key, body) }
  }

  package func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try await repeating { () async throws(ObjectStoreError) in
      try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
    }
  }

  package func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await repeating { () async throws(ObjectStoreError) in try await base.delete(key) }
  }

  package func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try await repeating { () async throws(ObjectStoreError) in try await base.delete(keys) }
  }

  package func listUploads(prefix: String) async throws(ObjectStoreError) -> UploadList {
    try await repeating { () async throws(ObjectStoreError) in
      try await base.listUploads(prefix: prefix)
    }
  }

  package func abortUpload(_ key: String, id: String) async throws(ObjectStoreError) {
    try await repeating { () async throws(ObjectStoreError) in
      try await base.abortUpload(key, id: id)
    }
  }

  private func repeating<Answer>(
    onlyUnapplied: Bool = false, _ attempt: () async throws(ObjectStoreError) -> Answer
  ) async throws(ObjectStoreError) -> Answer {
    let start = clock.now()
    var failures = 0
    var mayHaveBeenApplied = false
    while true {
      do {
        return try await attempt()
      } catch {
        failures += 1
        mayHaveBeenApplied = mayHaveBeenApplied || error.mayHaveBeenApplied
        let failure = error.after(
          attempts: failures, in: clock.now() - start, mayHaveBeenApplied: mayHaveBeenApplied)
        let mayRepeat = error.isTransient && !(onlyUnapplied && error.mayHaveBeenApplied)
        guard mayRepeat, failures < limits.attemptsMax else { throw failure }
        let pause = pause(after: failures)
        guard clock.now() - start + pause <= limits.overall else { throw failure }
        do {
          try await clock.sleep(for: pause)
        } catch {
          throw failure.cancelled
        }
      }
    }
  }

  private func pause(after failures: Int) -> Duration {
    // Beyond 2^20 times the first pause the longest one applies in any case.
    let doubled = limits.firstPause * (1 << min(failures - 1, 20))
    return min(doubled, limits.longestPause) * random.nextUnit()
  }
}

extension ObjectStoreError {
  fileprivate func after(
    attempts: Int, in time: Duration, mayHaveBeenApplied: Bool
  ) -> ObjectStoreError {
    let note = attempts == 1 ? "" : " (\(attempts) attempts in \(time.wholeMilliseconds) ms)"
    return ObjectStoreError(
      code, message + note, mayHaveBeenApplied: mayHaveBeenApplied, storeCode: storeCode,
      requestID: requestID)
  }

  fileprivate var cancelled: ObjectStoreError {
    ObjectStoreError(
      .cancelled, "cancelled before the next attempt; the last one: \(message)",
      mayHaveBeenApplied: mayHaveBeenApplied, storeCode: storeCode, requestID: requestID)
  }
}
