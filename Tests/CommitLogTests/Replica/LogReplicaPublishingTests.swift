import CommitLog
import Model
import Simulation
import Testing

@Suite("Publishing manifests (S5)")
struct LogReplicaPublishingTests {
  @Test("what was published is what the next server starts from, and this one stands on")
  func publish() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      for number in 1...4 { #expect(try member.add(10).get().position == UInt64(number)) }
      guard case .published(let manifest) = try member.publish() else {
        Issue.record("was not published")
        return
      }
      #expect(manifest.number == 1)
      #expect(manifest.position == 4)
      try simulation.run(for: .seconds(1))
      #expect(try member.view()?.entries.isEmpty == true)
      lab.removeEntries(1...4)
      #expect(try member.add(2).get().outcome == 42)
      #expect(try lab.member("next").refresh().get().state.sum == 42)
    }
  }

  @Test("of two publishers one has the number, the other reads the winner and all that follow")
  func race() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let member = lab.member("server")
      #expect(try member.add(10).get().position == 1)
      let hash = LogHash(ofObject: try #require(lab.bucket.object(lab.keys.entry(1))))
      let ids = (1...3).map { UniqueID(high: 9, low: $0) }
      lab.writeManifest(1, at: 0, hash: .start, sum: 0, condemned: [ids[0]])
      lab.writeManifest(2, at: 1, hash: hash, sum: 10, condemned: [ids[1], ids[2]])
      guard case .lost(let lost) = try member.publish(after: 0) else {
        Issue.record("has won a number that was taken")
        return
      }
      #expect(lost.newest?.number == 2)
      #expect(lost.condemned == Set(ids))
      #expect(!lost.metEmptied)
      try simulation.run(for: .seconds(1))
      #expect(try member.view()?.manifestNumber == 2)
    }
  }

  @Test("a loser that meets an emptied manifest says so: it may have condemned anything")
  func emptied() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let member = lab.member("server")
      #expect(try member.add(10).get().position == 1)
      lab.bucket.tamper(lab.keys.manifest(1), [])
      lab.writeManifest(2, at: 0, hash: .start, sum: 0)
      guard case .lost(let lost) = try member.publish(after: 0) else {
        Issue.record("has won a number that was taken")
        return
      }
      #expect(lost.metEmptied)
      #expect(lost.newest?.number == 2)
    }
  }

  @Test("an answer that got lost is resolved by reading: nobody loses against himself")
  func answerLost() throws {
    var profile = FaultProfile.calm
    profile.answerLost = 0.5
    profile.failedUnapplied = 0.2
    try SeedRunner(seeds: 30).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server", profile)
      var published = 0
      // Whether the last manifest may be there without this server's knowing.
      var wasUnclear = false
      for _ in 0..<6 {
        _ = try member.add(10, deadline: .seconds(60)).get()
        switch try member.publish() {
        case .published:
          published += 1
          wasUnclear = false
        case .lost:
          // Only against one of its own that it could not know to be there.
          if wasUnclear { published += 1 } else { Issue.record("lost against himself") }
          wasUnclear = false
        case .unclear: wasUnclear = true
        case nil: break
        }
        try simulation.run(for: .seconds(20))
      }
      #expect(published > 0)
      #expect(try lab.member("next").refresh().get().state.sum == 60)
    }
  }

  @Test("a write that is on its way while the state moves onto a manifest is not lost")
  func adoptionDuringWrite() throws {
    try SeedRunner(seeds: 40).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server", .calm)
      let replica = member.replica
      _ = try member.add(1).get()
      let random = member.node.random
      let running = simulation.spawn(on: member.node) {
        for _ in 0..<30 {
          _ = await submit(1, .seconds(30), to: replica)
          try? await member.node.clock.sleep(for: .milliseconds(Int64(random.next(below: 30))))
        }
      }
      while !running.isFinished {
        _ = try member.publish()
        try simulation.run(for: .milliseconds(Int64(random.next(below: 200))))
      }
      #expect(try member.refresh().get().state.sum == 31)
      #expect(try lab.member("next").refresh().get().state.sum == 31)
    }
  }

  @Test("with too much that no manifest covers writes are refused as not applied, until one does")
  func overload() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var limits = LogLimits()
      // A command that waits is 8 bytes.
      limits.tailBytesMax = 2 * RetainedEntry.memoryBytes(8) + 8
      let lab = LogLab(simulation)
      let member = lab.member("server", limits: limits)
      for number in 1...3 { #expect(try member.add(10).get().position == UInt64(number)) }
      guard case .overloaded = try member.add(10).failure else {
        Issue.record("was not refused")
        return
      }
      #expect(lab.bucket.object(lab.keys.entry(4)) == nil)
      #expect(try member.refresh().get().state.sum == 30)
      guard case .published = try member.publish() else {
        Issue.record("was not published")
        return
      }
      try simulation.run(for: .seconds(1))
      #expect(try member.add(10).get().outcome == 40)
    }
  }

  @Test(
    "what all logs together may have without a manifest is refused to those that have much of it")
  func pressure() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var limits = LogLimits()
      limits.allTails = TailBudget(bytesMax: 5 * RetainedEntry.memoryBytes(8) + 8)
      let labs = (0..<3).map { _ in LogLab(simulation) }
      let members = labs.enumerated().map { $1.member("server-\($0)", limits: limits) }
      for number in UInt64(1)...3 {
        #expect(try members[0].add(1).get().position == number)
        #expect(try members[1].add(1).get().position == number)
      }
      for member in members[...1] {
        guard case .overloaded = try member.add(1).failure else {
          Issue.record("was not refused")
          return
        }
        #expect(try member.view()?.isPressed == true)
      }
      // One that has nothing yet is no cause of it.
      #expect(try members[2].add(1).get().position == 1)
      guard case .published = try members[0].publish() else {
        Issue.record("was not published")
        return
      }
      try simulation.run(for: .seconds(1))
      #expect(try members[0].add(1).get().outcome == 4)
      #expect(try members[0].view()?.isPressed == false)
      // There is room now for one that others were in the way of; it is to be flushed all the same.
      #expect(try members[1].add(1).get().outcome == 4)
      #expect(try members[1].view()?.isPressed == true)
    }
  }
}
