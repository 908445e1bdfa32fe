package import Model

/// Finds out at the start whether a store keeps what the safety rules rest on (rule S8).
///
/// About 45 requests in five steps that wait for each other; at most 24 requests at once.
package struct StoreProbe: Sendable {
  let store: any ObjectStore
  let clock: any ServerClock
  let keys: ProbeKeys
  /// How far `Date` and `Last-Modified` may be apart.
  let dateDistanceMax: Duration
  let clarity = ProbeClarity()

  /// Passes, or throws `.refused` where the store behaves wrongly and `.store` where it does not
  /// answer.
  ///
  /// Its objects lie in `<prefix>probe/<random id>/` and are deleted at the end; after a failure as
  /// far as the store lets it.
  package static func run(
    on store: any ObjectStore, prefix: String, clock: any ServerClock, random: any RandomSource,
    grace: Duration
  ) async throws(StoreProbeError) -> StoreProbeReport {
    let start = clock.now()
    var verdictsLeft = verdictsMax
    while true {
      let probe = StoreProbe(
        store: store, clock: clock, keys: ProbeKeys(prefix: prefix, id: .random(from: random)),
        // Both are whole seconds: a right store can show them two apart.
        dateDistanceMax: max(grace / 8, .seconds(2)))
      do throws(StoreProbeError) {
        var report = try await probe.run()
        report.duration = clock.now() - start
        return report
      } catch {
        _ = try? await store.delete(probe.keys.all)
        guard case .refused = error, !probe.clarity.isClear, verdictsLeft > 1 else {
          throw error
        }
        verdictsLeft -= 1
      }
    }
  }

  /// A verdict against a store needs clear answers, or must be the same so many times: where answers get lost,
  /// late requests may look like a fault of the store.
  private static let verdictsMax = 3

  private func run() async throws(StoreProbeError) -> StoreProbeReport {
    var report = try await together(
      keys.races.map(Check.race) + [.lists, .ranges, .emptied, .missing(keys.missing)])
    report.note(
      date: try await answer { () async throws(ObjectStoreError) in
        try await store.delete(keys.all)
      })
    return report
  }

  /// What can be found out at the same time as others.
  enum Check: Sendable {
    case race(String)
    case lists
    case ranges
    case emptied
    case missing(String)
    case write(String, [UInt8])
    case list(after: String?, max: Int, expected: [String])
    case range(ByteRange, expected: [UInt8], size: Int)
    case times(String, created: StoreTime?, createDuration: Duration)
  }

  private func run(_ check: Check) async throws(StoreProbeError) -> StoreProbeReport {
    switch check {
    case .race(let key): try await checkRace(key)
    case .lists: try await checkLists()
    case .ranges: try await checkRanges()
    case .emptied: try await checkEmptied()
    case .missing(let key): try await checkMissing(key)
    case .write(let key, let body): try await write(key, body)
    case .list(let after, let max, let expected):
      try await checkList(after: after, max: max, is: expected)
    case .range(let range, let expected, let size):
      try await checkRange(range, is: expected, of: size)
    case .times(let key, let created, let createDuration):
      try await checkTimes(key, created: created, createDuration: createDuration)
    }
  }

  /// Runs the checks at the same time. One that refuses the store goes before one without an answer, and of several the
  /// first in the list: the reason does not depend on which was done first.
  func together(_ checks: [Check]) async throws(StoreProbeError) -> StoreProbeReport {
    typealias Outcome = Result<StoreProbeReport, StoreProbeError>
    let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (number, check) in checks.enumerated() {
        group.addTask {
          do throws(StoreProbeError) { return (number, .success(try await run(check))) } catch {
            return (number, .failure(error))
          }
        }
      }
      var outcomes: [(number: Int, outcome: Outcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.number < $1.number }
    }
    var report = StoreProbeReport()
    var withoutAnswer: StoreProbeError?
    for (_, outcome) in outcomes {
      switch outcome {
      case .success(let part): report.merge(part)
      case .failure(let error):
        if case .refused = error { throw error }
        withoutAnswer = withoutAnswer ?? error
      }
    }
    if let withoutAnswer { throw withoutAnswer }
    return report
  }

  /// The answer of a request, or its error as the probe's.
  func answer<T>(
    _ request: () async throws(ObjectStoreError) -> T
  ) async throws(StoreProbeError) -> T {
    do throws(ObjectStoreError) { return try await request() } catch {
      throw StoreProbeError(error)
    }
  }
}
