import ObjectStore
import Simulation
import Synchronization

/// A numbered create-once log, the smallest protocol that needs rule S2.
struct ToyLog {
  enum Rule: CaseIterable {
    /// After every answer but a clear success the slot is read.
    case resolveByReading
    /// A create that failed is sent to the next slot, as if failed meant not applied.
    case errorMeansNotApplied
    /// A 412 is another's object, as if one's own could not be there.
    case existsMeansLost
  }

  struct Violation: Error { let message: String }

  let simulation: SimulationScheduler
  let bucket: SimulatedBucket
  let rule: Rule

  static func key(_ number: Int) -> String {
    let digits = String(number)
    return "log/" + String(repeating: "0", count: 20 - digits.count) + digits
  }

  /// Appends a value and gives the number that it got; starts at `number`.
  func append(
    _ value: [UInt8], from number: Int, store: SimulatedStore, clock: SimulatedClock
  ) async throws -> Int {
    var number = number
    while true {
      switch try await attempt(value, number, store) {
      case .mine: return number
      case .others: number += 1
      case .free: try await clock.sleep(for: .milliseconds(10))
      }
    }
  }

  private enum Slot { case mine, others, free }

  private func attempt(
    _ value: [UInt8], _ number: Int, _ store: SimulatedStore
  ) async throws -> Slot {
    do {
      if case .created = try await store.create(Self.key(number), value) { return .mine }
      if rule == .existsMeansLost { return .others }
    } catch let error {
      guard error.code != .cancelled else { throw error }
      if rule == .errorMeansNotApplied { return .others }
      if !error.mayHaveBeenApplied { return .free }
    }
    while true {
      do {
        switch try await store.get(Self.key(number)) {
        case .found(let object): return object.body == value ? .mine : .others
        case .notFound: return .free
        }
      } catch let error {
        guard error.code != .cancelled else { throw error }
      }
    }
  }

  /// Some writers append some values each; afterwards each value must stand in the log exactly once, without
  /// gaps, where its writer was told.
  func run(writers: Int, values: Int, profile: FaultProfile) throws {
    let acknowledged = Mutex<[[UInt8]: Int]>([:])
    for writer in 0..<writers {
      let node = simulation.node("writer \(writer)")
      let store = bucket.store(for: node, profile)
      simulation.spawn(on: node) {
        var next = 1
        for value in 0..<values {
          let bytes = [UInt8(writer), UInt8(value)]
          let number = try await append(bytes, from: next, store: store, clock: node.clock)
          acknowledged.withLock { $0[bytes] = number }
          next = number + 1
        }
      }
    }
    try simulation.runToEnd()
    // Requests that land late.
    try simulation.run(for: .seconds(120))
    try check(acknowledged.withLock { $0 }, count: writers * values)
  }

  private func check(_ acknowledged: [[UInt8]: Int], count: Int) throws {
    let keys = bucket.keys(prefix: "log/")
    guard keys == (1..<keys.count + 1).map(Self.key) else {
      throw Violation(message: "the log has gaps")
    }
    guard keys.count == count, acknowledged.count == count else {
      throw Violation(message: "\(keys.count) entries for \(count) values")
    }
    for (value, number) in acknowledged where bucket.object(Self.key(number)) != value {
      throw Violation(message: "entry \(number) is another's")
    }
    let created = bucket.journal.map(\.key)
    guard created.count == count, Set(created).count == count else {
      throw Violation(message: "\(created.count) creates were applied for \(count) values")
    }
  }
}
