import FoundationEssentials

/// Runs a scenario for many seeds, and says how to repeat the one that failed.
///
/// The environment overrides the caller: `APUS_SEED` is the first seed (and then the only one, unless
/// `APUS_SEEDS` says how many).
package struct SeedRunner: Sendable {
  package let seeds: Range<UInt64>

  package init(
    seeds count: UInt64, from first: UInt64 = 0,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    let givenFirst = environment["APUS_SEED"].flatMap { UInt64($0) }
    let givenCount = environment["APUS_SEEDS"].flatMap { UInt64($0) }
    let start = givenFirst ?? first
    let length = givenCount ?? (givenFirst == nil ? count : 1)
    let (end, overflows) = start.addingReportingOverflow(length)
    seeds = start..<(overflows ? .max : end)
  }

  /// Runs `scenario` once per seed, each in a simulation of its own that is torn down afterwards.
  ///
  /// The scenario fails by throwing; what it only records (`#expect`) is not linked to a seed.
  package func run(
    test: String = #function, file: String = #fileID,
    _ scenario: (SimulationScheduler) throws -> Void
  ) throws(SeedFailure) {
    try runNumbered(seed: nil, test: test, file: file) { simulation, _ in try scenario(simulation) }
  }

  /// Runs `scenario` once per number, which stands in the place of the seed; nil for `seed`: the number is the seed.
  package func runNumbered(
    seed fixed: UInt64?, test: String = #function, file: String = #fileID,
    _ scenario: (SimulationScheduler, UInt64) throws -> Void
  ) throws(SeedFailure) {
    for seed in seeds {
      let simulation = SimulationScheduler(seed: fixed ?? seed)
      defer { simulation.tearDown() }
      do {
        try scenario(simulation, seed)
      } catch {
        throw SeedFailure(seed: seed, test: test, file: file, cause: error, of: simulation)
      }
    }
  }

  /// Runs each seed twice and throws also where the two traces differ.
  package func runTwice(
    test: String = #function, file: String = #fileID,
    _ scenario: (SimulationScheduler) throws -> Void
  ) throws(SeedFailure) {
    var first: [UInt64] = []
    try run(test: test, file: file) { simulation in
      try scenario(simulation)
      first.append(simulation.traceHash)
    }
    var index = 0
    try run(test: test, file: file) { simulation in
      try scenario(simulation)
      defer { index += 1 }
      guard simulation.traceHash == first[index] else {
        throw SimulationFailure(.notDeterministic, "the second run took another way")
      }
    }
  }
}

/// A seed for which a scenario failed.
package struct SeedFailure: Error, Sendable, CustomStringConvertible {
  package let seed: UInt64
  /// The shell command that runs this seed alone.
  package let command: String
  package let cause: any Error
  /// The last events of the simulation, oldest first.
  package let events: [TraceEvent]

  init(
    seed: UInt64, test: String, file: String, cause: any Error, of simulation: SimulationScheduler
  ) {
    self.seed = seed
    let module = file.prefix { $0 != "/" }
    let function = test.prefix { $0 != "(" }
    command = "APUS_SEED=\(seed) swift test --filter '\(module).*\(function)'"
    self.cause = cause
    events = simulation.lastEvents
  }

  package var description: String {
    let log = events.map { "  \($0)" }.joined(separator: "\n")
    return "seed \(seed): \(cause)\nlast events:\n\(log)\nrepeat with: \(command)"
  }
}
