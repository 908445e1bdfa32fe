import CommitLog
import Simulation
import Synchronization
import Testing

@Suite("Records on several servers, while segments are written, merged and deleted")
struct MaintainedScenarioTests {
  /// Virtual minutes, in which every log is shortened and every segment replaced.
  private static func long(isStormy: Bool = true) -> RecordScenario.Size {
    var size = RecordScenario.Size()
    size.isStormy = isStormy
    size.pauseMax = .seconds(60)
    size.operationsPerClient = 30
    return size
  }

  @Test("no promise is broken, in calm weather and in storms", arguments: [false, true])
  func promises(isStormy: Bool) throws {
    let activity = Mutex(MaintenanceActivity())
    try SeedRunner(seeds: isStormy ? 60 : 20).run { simulation in
      let seen = try RecordScenario.run(simulation, size: Self.long(isStormy: isStormy))
      activity.withLock { $0 += seen }
    }
    let seen = activity.withLock { $0 }
    print("maintenance, stormy \(isStormy): \(seen)")
    // Otherwise nothing of what this is about has happened.
    #expect(seen.manifests > 100)
    #expect(seen.emptiedManifests > 50)
    #expect(seen.deletedSegments > 50)
    #expect(seen.deletedEntries > 100)
  }

  static let mutants: [(String, SafetyRules)] = [
    ("S4, checks dates", .checksDates),
    ("S4, confirms by manifest", .confirmsByManifest),
    ("S4, collects after the grace", .collectsAfterGrace),
    ("S4, empties manifests", .emptiesManifests),
    ("S5, condemns first", .condemnsFirst),
    ("S5, reads every winner", .readsEveryWinner),
    ("S5, heeds emptied", .heedsEmptied),
    ("S5, maps deletions", .mapsDeletions),
    ("S5, flushes on an exact base", .flushesOnExactBase),
    ("S5, looks up anew", .looksUpAnew),
    ("tells the position exactly", .tellsPositionExactly),
  ]

  @Test("with one safety rule taken out a promise is broken", arguments: mutants)
  func mutant(name: String, rule: SafetyRules) {
    for seed in UInt64(0)..<150 {
      let simulation = SimulationScheduler(seed: seed)
      defer { simulation.tearDown() }
      do throws(SimulationFailure) {
        try RecordScenario.run(simulation, size: Self.long(), rules: .all.subtracting(rule))
      } catch {
        print("without \(name): caught at seed \(seed): \(error.message.prefix(160))")
        return
      }
    }
    Issue.record("without \(name) 500 seeds went well")
  }
}
