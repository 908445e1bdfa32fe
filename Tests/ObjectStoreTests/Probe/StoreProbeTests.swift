import Model
import ObjectStore
import Testing

@Suite("the probe at the start")
struct StoreProbeTests {
  @Test("passes a right store and leaves nothing behind", arguments: StoreUnderTest.all)
  func passes(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let report = try await probe(store, prefix: prefix)
      #expect(!report.datesMissing)
      #expect(!report.lastModifiedMissing)
      #expect(try await allKeys(store, prefix).isEmpty)
    }
  }

  @Test("refuses a store that misbehaves, and says why", arguments: Misbehaviour.refused)
  func refuses(_ misbehaviour: Misbehaviour, reason: String) async throws {
    let memory = MemoryStore(now: SteppingClock().now)
    let error = await #expect(throws: StoreProbeError.self) {
      try await probe(BrokenStore(base: memory, misbehaviour: misbehaviour), prefix: "p/")
    }
    guard case .refused(let text) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(text.contains(reason), "\(text)")
    // What the store did not show or delete it cannot clean up.
    if misbehaviour != .deletesNothing { #expect(memory.keys.isEmpty) }
  }

  @Test("a store without Date passes, and the report says so")
  func withoutDates() async throws {
    let memory = MemoryStore(now: SteppingClock().now)
    let report = try await probe(
      BrokenStore(base: memory, misbehaviour: .tellsNoDates), prefix: "")
    #expect(report.datesMissing)
    #expect(!report.lastModifiedMissing)
    #expect(memory.keys.isEmpty)
  }

  @Test("conflicts answered to the losers of a race are right")
  func conflicts() async throws {
    let memory = MemoryStore(now: SteppingClock().now)
    _ = try await probe(
      BrokenStore(base: memory, misbehaviour: .answersConflicts), prefix: "")
    #expect(memory.keys.isEmpty)
  }

  @Test(
    "a store that does not answer is not refused",
    arguments: [
      ObjectStoreError.Code.unreachable, .accessDenied, .noSuchBucket, .throttled,
    ])
  func unreachable(_ code: ObjectStoreError.Code) async throws {
    let memory = MemoryStore(now: SteppingClock().now)
    let error = await #expect(throws: StoreProbeError.self) {
      try await probe(BrokenStore(base: memory, misbehaviour: .fails(code)), prefix: "")
    }
    guard case .store(let storeError) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(storeError.code == code)
    #expect(memory.keys.isEmpty)
  }

  @Test(
    "Last-Modified may be G/8 away from Date and no more",
    arguments: [
      (Duration.seconds(86_400), Duration.seconds(10_799), true),
      (.seconds(86_400), .seconds(-10_799), true), (.seconds(86_400), .seconds(10_801), false),
      (.seconds(86_400), .seconds(-10_801), false), (.seconds(1), .milliseconds(1900), true),
      (.seconds(1), .milliseconds(-1900), true), (.seconds(1), .milliseconds(2200), false),
    ])
  func dateDistance(grace: Duration, shift: Duration, passes: Bool) async throws {
    let memory = MemoryStore(now: SteppingClock().now)
    let store = BrokenStore(base: memory, misbehaviour: .stampsObjects(shift))
    do {
      let report = try await probe(store, prefix: "", grace: grace)
      #expect(passes)
      #expect(report.dateDistance > .seconds(1))
    } catch {
      #expect(!passes, "\(error)")
    }
  }

  private func probe(
    _ store: any ObjectStore, prefix: String, grace: Duration = .seconds(86_400)
  ) async throws -> StoreProbeReport {
    try await StoreProbe.run(
      on: store, prefix: prefix, clock: SystemServerClock(), random: SystemRandomSource(),
      grace: grace)
  }
}
