/// Creating once: what keeps two servers from overwriting each other's writes.
extension StoreProbe {
  private static let creators = 8

  private struct Attempt {
    let body: [UInt8]
    let answer: Result<CreateAnswer, ObjectStoreError>
  }

  /// Of creators at once exactly one wins, its object is there at once, and after a delete there is
  /// none.
  func checkRace(_ key: String) async throws(StoreProbeError) -> StoreProbeReport {
    let attempts = await race(key)
    var winners: [Attempt] = []
    var losers = 0
    var failure: ObjectStoreError?
    var report = StoreProbeReport()
    for attempt in attempts {
      switch attempt.answer {
      case .success(.created(let date)):
        winners.append(attempt)
        report.note(date: date)
      case .success(.exists(let date)):
        losers += 1
        report.note(date: date)
      case .failure(let error):
        failure = error
      }
    }
    guard winners.count <= 1 else {
      throw .refused(
        """
        this store ignores `If-None-Match: *`: of \(attempts.count) simultaneous creates of one key \
        \(winners.count) succeeded; two servers would overwrite each other's writes; use a store that \
        supports conditional writes
        """)
    }
    guard let winner = winners.first else {
      // Its success may be what got lost: nothing is known.
      if let failure { throw StoreProbeError(failure) }
      throw .refused(
        "this store says of a new key that it exists: of \(losers) simultaneous creates none succeeded"
      )
    }
    // Conflicts (409) are a right answer to the others; what keeps the server from writing at all
    // is not.
    if let failure, failure.code != .storeFailed, failure.code != .throttled {
      throw StoreProbeError(failure)
    }
    report.merge(try await checkReadAfterWrite(key, body: winner.body))
    report.note(
      date: try await answer { () async throws(ObjectStoreError) in
        try await store.delete(key)
      })
    report.merge(try await checkMissing(key))
    return report
  }

  private func race(_ key: String) async -> [Attempt] {
    await withTaskGroup(of: Attempt.self) { group in
      for creator in 1...Self.creators {
        group.addTask {
          let body = Array("\(key) by creator \(creator)".utf8)
          do throws(ObjectStoreError) {
            return Attempt(body: body, answer: .success(try await settledCreate(key, body)))
          } catch {
            return Attempt(body: body, answer: .failure(error))
          }
        }
      }
      var attempts: [Attempt] = []
      for await attempt in group { attempts.append(attempt) }
      return attempts
    }
  }

  private func checkReadAfterWrite(
    _ key: String, body: [UInt8]
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let object = try await read(key, after: "create")
    guard object.body == body else {
      throw .refused(
        "this store answered a create of '\(key)' with success and then holds another's \(object.size) bytes"
      )
    }
    var report = StoreProbeReport()
    report.note(date: object.date)
    return report
  }

  /// The object, which was just written.
  func read(_ key: String, after write: String) async throws(StoreProbeError) -> StoredObject {
    let read = try await answer { () async throws(ObjectStoreError) in try await store.get(key) }
    guard case .found(let object) = read else {
      throw .refused(
        "this store does not show what was just written: a read of '\(key)' after its \(write) answers 404"
      )
    }
    return object
  }

  /// There is no such object.
  func checkMissing(_ key: String) async throws(StoreProbeError) -> StoreProbeReport {
    let read = try await answer { () async throws(ObjectStoreError) in try await store.get(key) }
    guard case .notFound(let date) = read else {
      throw .refused("this store answers a read of '\(key)', which does not exist, with an object")
    }
    var report = StoreProbeReport()
    report.note(date: date)
    return report
  }

  /// An object of no bytes is an object: emptied manifests keep their numbers (rule S4).
  func checkEmptied() async throws(StoreProbeError) -> StoreProbeReport {
    let key = keys.emptied
    var report = try await write(key, Array("full".utf8))
    report.note(
      date: try await answer { () async throws(ObjectStoreError) in
        try await store.put(key, [])
      })
    let again = try await answer { () async throws(ObjectStoreError) in
      try await settledCreate(key, Array("again".utf8))
    }
    guard case .exists(let date) = again else {
      throw .refused(
        """
        this store creates an object over one that was overwritten with nothing: a number could be given \
        twice; use a store that supports conditional writes
        """)
    }
    report.note(date: date)
    let object = try await read(key, after: "overwriting")
    guard object.body.isEmpty else {
      throw .refused(
        "this store answers a read of '\(key)' after overwriting it with nothing with \(object.size) bytes"
      )
    }
    return report
  }

  /// Creates a new object.
  func write(
    _ key: String, _ body: [UInt8]
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let created = try await answer { () async throws(ObjectStoreError) in
      try await settledCreate(key, body)
    }
    guard case .created(let date) = created else {
      throw .refused("this store says of the new key '\(key)' that it exists")
    }
    var report = StoreProbeReport()
    report.note(date: date)
    return report
  }
}
