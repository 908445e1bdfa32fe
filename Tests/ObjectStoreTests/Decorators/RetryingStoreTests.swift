import Model
import ObjectStore
import Testing

struct RetryingStoreTests {
  private func store(
    _ errors: [ObjectStoreError], limits: RetryingStore<ScriptedStore>.Limits = .init(),
    clock: SleepClock = SleepClock()
  ) -> RetryingStore<ScriptedStore> {
    RetryingStore(ScriptedStore(errors), limits: limits, clock: clock, random: LargestRandom())
  }

  private func failure<Answer>(
    _ call: () async throws(ObjectStoreError) -> Answer
  ) async -> ObjectStoreError? {
    do throws(ObjectStoreError) {
      _ = try await call()
      return nil
    } catch {
      return error
    }
  }

  static let transient: [ObjectStoreError.Code] = [
    .throttled, .storeFailed, .unreachable, .damaged,
  ]
  static let lasting: [ObjectStoreError.Code] = [
    .noSuchBucket, .accessDenied, .invalidRequest, .cancelled,
  ]

  @Test("reads, lists, deletes and puts are repeated after transient errors", arguments: transient)
  func repeated(code: ObjectStoreError.Code) async throws {
    let errors = [ObjectStoreError](repeating: .made(code, applied: true), count: 3)
    let calls: [(RetryingStore<ScriptedStore>) async throws -> Void] = [
      { _ = try await $0.get("k") }, { _ = try await $0.put("k", [1]) },
      { _ = try await $0.list(prefix: "", startAfter: nil, maxKeys: 1) },
      { _ = try await $0.delete("k") }, { _ = try await $0.delete(["k"]) },
    ]
    for call in calls {
      let store = store(errors)
      try await call(store)
      #expect(store.base.calls == 4)
    }
  }

  @Test("no other error is repeated, and it comes unchanged", arguments: lasting)
  func notRepeated(code: ObjectStoreError.Code) async {
    let store = store([.made(code, applied: false)])
    let error = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
    #expect(store.base.calls == 1)
    #expect(error?.code == code && error?.message == "made to fail")
    #expect(error?.storeCode == "S" && error?.requestID == "R")
  }

  @Test("a create is repeated only if it certainly changed nothing", arguments: transient)
  func create(code: ObjectStoreError.Code) async {
    let unapplied = store([.made(code, applied: false), .made(code, applied: true)])
    let error = await failure { () async throws(ObjectStoreError) in
      try await unapplied.create("k", [1])
    }
    #expect(unapplied.base.calls == 2)
    #expect(error?.mayHaveBeenApplied == true)
    let created = store([.made(code, applied: false)])
    let second = await failure { () async throws(ObjectStoreError) in
      try await created.create("k", [1])
    }
    #expect(second == nil && created.base.calls == 2)
  }

  @Test("a create that finds its key taken is not repeated")
  func exists() async throws {
    let store = store([])
    #expect(try await store.create("taken", [1]) == .exists(date: nil))
    #expect(store.base.calls == 1)
  }

  @Test(
    "pauses double up to the longest; the attempts are limited, and one that may have been applied counts"
  )
  func pauses() async {
    let clock = SleepClock()
    var limits = RetryingStore<ScriptedStore>.Limits()
    limits.attemptsMax = 6
    limits.longestPause = .milliseconds(300)
    let errors =
      [.made(.unreachable, applied: true)]
      + [ObjectStoreError](repeating: .made(.throttled, applied: false), count: 9)
    let store = store(errors, limits: limits, clock: clock)
    let error = await failure { () async throws(ObjectStoreError) in try await store.put("k", [1]) }
    #expect(store.base.calls == 6)
    #expect(clock.sleeps.map { ($0.inSeconds * 1000).rounded() } == [50, 100, 200, 300, 300])
    #expect(error?.code == .throttled && error?.mayHaveBeenApplied == true)
    #expect(error?.message.contains("6 attempts in 9") == true, "\(error?.message ?? "")")
  }

  @Test("no attempt begins after the overall deadline")
  func deadline() async {
    let clock = SleepClock()
    var limits = RetryingStore<ScriptedStore>.Limits()
    limits.attemptsMax = 1000
    limits.overall = .seconds(12)
    let errors = [ObjectStoreError](repeating: .made(.throttled, applied: false), count: 999)
    let store = store(errors, limits: limits, clock: clock)
    _ = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
    #expect(clock.now() <= .seconds(12) && clock.now() > .seconds(6))
    #expect(store.base.calls == clock.sleeps.count + 1)
  }

  @Test("a task that is cancelled makes no further attempt")
  func cancelled() async {
    let store = store([.made(.throttled, applied: true)])
    let error = await withTaskGroup(of: ObjectStoreError?.self) { group in
      group.cancelAll()
      group.addTask {
        await failure { () async throws(ObjectStoreError) in try await store.put("k", [1]) }
      }
      return await group.next() ?? nil
    }
    #expect(error?.code == .cancelled && error?.mayHaveBeenApplied == true)
    #expect(store.base.calls == 1)
  }

  @Test("pauses are spread from nothing to the whole")
  func jitter() async {
    let clock = SleepClock()
    let errors = [ObjectStoreError](repeating: .made(.throttled, applied: false), count: 200)
    var limits = RetryingStore<ScriptedStore>.Limits()
    limits.attemptsMax = 201
    limits.longestPause = limits.firstPause
    let store = RetryingStore(
      ScriptedStore(errors), limits: limits, clock: clock, random: SeededRandomSource(seed: 7))
    _ = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
    #expect(clock.sleeps.count == 200)
    #expect(clock.sleeps.allSatisfy { $0 >= .zero && $0 < limits.firstPause })
    #expect(clock.sleeps.contains { $0 < limits.firstPause / 10 })
    #expect(clock.sleeps.contains { $0 > limits.firstPause * 0.9 })
  }
}
