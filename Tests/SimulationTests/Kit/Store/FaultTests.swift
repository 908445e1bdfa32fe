import ObjectStore
import Simulation
import Testing

@Suite("the faults of the simulated store")
struct FaultTests {
  /// What one kind of fault does to a create.
  struct Expectation: Sendable, CustomTestStringConvertible {
    let name: String
    let set: @Sendable (inout FaultProfile) -> Void
    let code: ObjectStoreError.Code
    let mayHaveBeenApplied: Bool
    let isApplied: Bool
    var isAppliedLater = false

    var testDescription: String { name }
  }

  static let chance = 0.2
  static let creates: [Expectation] = [
    Expectation(
      name: "refused", set: { $0.refused = chance }, code: .unreachable,
      mayHaveBeenApplied: false, isApplied: false),
    Expectation(
      name: "failed before it was applied", set: { $0.failedUnapplied = chance },
      code: .storeFailed, mayHaveBeenApplied: true, isApplied: false),
    Expectation(
      name: "throttled", set: { $0.throttled = chance }, code: .throttled,
      mayHaveBeenApplied: false, isApplied: false),
    Expectation(
      name: "conflict", set: { $0.conflict = chance }, code: .storeFailed,
      mayHaveBeenApplied: true, isApplied: false),
    Expectation(
      name: "late", set: { $0.late = chance }, code: .unreachable, mayHaveBeenApplied: true,
      isApplied: false, isAppliedLater: true),
  ]

  @Test("a failed create fails as often, says and does what it should", arguments: creates)
  func create(expectation: Expectation) throws {
    let count = 2000
    var profile = FaultProfile.calm
    // Latencies alone must not time out.
    profile.requestTimeout = .seconds(1000)
    expectation.set(&profile)
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    var failures: [String] = []
    for index in 0..<count {
      let key = "key \(index)"
      switch try harness.create(key) {
      case .success(let answer): #expect(answer == .created(date: harness.answerDate(answer)))
      case .failure(let error):
        failures.append(key)
        #expect(error.code == expectation.code)
        #expect(error.mayHaveBeenApplied == expectation.mayHaveBeenApplied)
        #expect((harness.bucket.object(key) != nil) == expectation.isApplied)
      }
    }
    // Six standard deviations of a binomial distribution.
    #expect(abs(Double(failures.count) - Double(count) * Self.chance) < 110)
    try harness.simulation.run(for: .seconds(2000))
    let arrived = failures.count { harness.bucket.object($0) != nil }
    let expected = expectation.isApplied || expectation.isAppliedLater ? failures.count : 0
    #expect(arrived == expected)
  }

  @Test("a create whose answer was lost has been applied")
  func answerLost() throws {
    var profile = FaultProfile.calm
    profile.answerLost = 1
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    var codes: Set<ObjectStoreError.Code> = []
    for index in 0..<100 {
      guard case .failure(let error) = try harness.create("key \(index)") else {
        Issue.record("an answer was not lost")
        continue
      }
      codes.insert(error.code)
      #expect(error.mayHaveBeenApplied)
      #expect(harness.bucket.object("key \(index)") != nil)
    }
    #expect(codes == [.unreachable, .storeFailed])
  }

  @Test("a create delivered twice is applied once and often told that its object exists")
  func duplicated() throws {
    var profile = FaultProfile.fixed(put: .milliseconds(40), get: .milliseconds(20))
    profile.duplicated = 1
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    var exists = 0
    var unknown = 0
    for index in 0..<200 {
      switch try harness.create("key \(index)") {
      case .success(.exists): exists += 1
      case .success(.created): Issue.record("the client saw the first answer")
      case .failure(let error):
        unknown += 1
        #expect(error.code == .unreachable && error.mayHaveBeenApplied)
      }
    }
    try harness.simulation.run(for: .seconds(60))
    #expect(harness.bucket.journal.count == 200)
    #expect(exists > 80)
    #expect(unknown > 20)
  }

  @Test("reads are cut short with an error, or wrong in one bit if that is asked for")
  func reads() throws {
    var profile = FaultProfile.calm
    profile.damaged = 0.3
    profile.corrupted = 0.3
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    let body: [UInt8] = Array(0..<200)
    harness.bucket.tamper("key", body)
    var counts = (good: 0, corrupted: 0, damaged: 0)
    for _ in 0..<500 {
      switch try harness.get("key") {
      case .success(.found(let object)):
        let wrongBits = zip(object.body, body).map { ($0 ^ $1).nonzeroBitCount }.reduce(0, +)
        #expect(object.body.count == body.count && wrongBits <= 1)
        if wrongBits == 0 { counts.good += 1 } else { counts.corrupted += 1 }
      case .success(.notFound): Issue.record("an object that is there was not found")
      case .failure(let error):
        #expect(error.code == .damaged && !error.mayHaveBeenApplied)
        counts.damaged += 1
      }
    }
    #expect(abs(counts.good - 200) < 66)
    #expect(abs(counts.corrupted - 150) < 62)
    #expect(abs(counts.damaged - 150) < 62)
  }

  @Test("a bulk delete whose answer was lost may have deleted some only")
  func bulkDelete() throws {
    var profile = FaultProfile.calm
    profile.answerLost = 1
    let harness = StoreHarness(profile)
    defer { harness.simulation.tearDown() }
    let keys = (0..<4).map { "key \($0)" }
    var remaining: Set<Int> = []
    for _ in 0..<60 {
      for key in keys { harness.bucket.tamper(key, [1]) }
      let store = harness.store
      let failed = try harness.simulation.value(on: harness.node) {
        do {
          _ = try await store.delete(keys)
          return false
        } catch {
          return true
        }
      }
      #expect(failed)
      remaining.insert(harness.bucket.keys().count)
    }
    #expect(remaining == [0, 1, 2, 3, 4])
  }
}
