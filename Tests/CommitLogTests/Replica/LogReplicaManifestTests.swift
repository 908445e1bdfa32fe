import CommitLog
import Model
import Simulation
import Testing

@Suite("A log with manifests")
struct LogReplicaManifestTests {
  /// Entries 1...5 (10, 20, 30, 40, 50), of which a manifest covers the first three.
  private func labWithManifest(_ simulation: SimulationScheduler, trimmed: Bool = true) -> LogLab {
    let lab = LogLab(simulation, grace: .seconds(3600))
    let third = lab.write([10, 20, 30])
    lab.write([40, 50], from: 4, after: third)
    lab.writeManifest(1, at: 3, hash: third, sum: 60)
    if trimmed { lab.removeEntries(1...3) }
    return lab
  }

  @Test("a start reads the newest manifest with its successor, then the entries after it")
  func start() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = labWithManifest(simulation)
      let member = lab.member("server")
      let snapshot = try member.waitUntilReady().get()
      #expect(snapshot.position == 5)
      #expect(snapshot.state.sum == 150)
      // One LIST; the manifest and its successor; four entries beside opening it.
      #expect(member.requests.gets == 2 + 4)
      #expect(simulation.now == .milliseconds(60))
      #expect(try member.add(1).get().position == 6)
    }
  }

  @Test("the newest of many manifests is found by one LIST, whatever was emptied")
  func manyManifests() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = labWithManifest(simulation)
      let fifth = LogHash(ofObject: try #require(lab.bucket.object(lab.keys.entry(5))))
      for number in UInt64(1)...8 { lab.bucket.tamper(lab.keys.manifest(number), []) }
      lab.writeManifest(9, at: 5, hash: fifth, sum: 150)
      lab.removeEntries(4...5)
      let member = lab.member("server")
      #expect(try member.waitUntilReady().get().state.sum == 150)
      #expect(simulation.now == .milliseconds(60))
      #expect(try member.add(1).get().position == 6)
    }
  }

  @Test("a server moves onto another server's manifest, and forgets the entries that it covers")
  func follow() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let hash = lab.write([10, 20, 30])
      let member = lab.member("server")
      #expect(try member.add(1).get().outcome == 61)
      lab.writeManifest(1, at: 3, hash: hash, sum: 60)
      try simulation.run(for: .seconds(1801))
      #expect(try member.add(2).get().outcome == 63)
      try simulation.run(for: .seconds(1))
      let view = try #require(try member.view())
      #expect(view.manifestNumber == 1)
      #expect(view.entries.map(\.number) == [4, 5])
      #expect(view.state.sum == 63)
    }
  }

  @Test("a server that slept longer than the grace never takes a collected slot for a free one")
  func outrun() throws {
    try SeedRunner(seeds: 20).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      lab.write([10])
      let member = lab.member("server")
      #expect(try member.waitUntilReady().get().position == 1)
      let hash = lab.write([10, 20, 30, 40, 50])
      lab.writeManifest(1, at: 5, hash: hash, sum: 150)
      lab.removeEntries(1...5)
      try simulation.run(for: .seconds(7200))
      // The first attempt created slot 2, which nobody will ever read: its outcome is not known.
      if let failure = try member.add(1).failure {
        guard case .outcomeUnknown = failure else {
          Issue.record("\(failure)")
          return
        }
      } else {
        Issue.record("a write into a collected slot was acknowledged")
      }
      let committed = try member.add(2).get()
      #expect(committed.position == 6)
      #expect(committed.outcome == 152)
    }
  }

  /// How a server comes to read the log while one of its publishers still has a draft from before.
  enum Reading: CaseIterable, Sendable { case ofWholeLog, ofManifest, anew }

  @Test(
    "a manifest that a publisher meets while the log is being read proves nothing of what is read",
    arguments: Reading.allCases)
  func metWhileReading(reading: Reading) throws {
    try SeedRunner(seeds: 10).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let hold = Hold(lab.keys.entryPrefix, isClosed: reading != .anew)
      let third = lab.write([10, 20, 30])
      let known: UInt64 = reading == .ofWholeLog ? 0 : 1
      if reading == .ofManifest { lab.writeManifest(1, at: 3, hash: third, sum: 60) }
      let member = lab.member("server", hold: hold)
      if reading == .anew {
        #expect(try member.waitUntilReady().get().position == 3)
        // While it sleeps, what it knows is collected: its next write makes it read the log anew.
        let fourth = lab.write([40], from: 4, after: third)
        lab.writeManifest(1, at: 4, hash: fourth, sum: 100)
        lab.removeEntries(1...4)
        try simulation.run(for: .seconds(7200))
        hold.isClosed = true
        #expect(try member.add(1).failure != nil)
      }
      // The newest manifest is known and confirmed; the read of the entries behind it does not get through.
      try simulation.run(for: .seconds(10))
      let fifth = lab.write([10, 20, 30, 40, 50])
      lab.writeManifest(known + 1, at: 5, hash: fifth, sum: 150)
      try simulation.run(for: .seconds(7200))
      lab.removeEntries(1...5)
      let draft = ManifestDraft(position: 0, entryHash: .start, payload: Tally().encoded)
      let outcome = try simulation.value(on: member.node) { [replica = member.replica] in
        await replica.publish(draft, after: known)
      }
      guard case .lost = outcome else {
        Issue.record("\(outcome)")
        return
      }
      simulation.schedule(after: .seconds(1)) { hold.isClosed = false }
      let committed = try member.add(2, deadline: .seconds(60)).get()
      #expect(committed.position == 6)
      #expect(committed.outcome == 152)
      #expect(lab.bucket.keys(prefix: lab.keys.entryPrefix) == [lab.keys.entry(6)])
    }
  }

  @Test("a strong read of a server that slept longer than the grace has what others wrote")
  func outrunRead() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      lab.write([10])
      let member = lab.member("server")
      #expect(try member.waitUntilReady().get().position == 1)
      let hash = lab.write([10, 20, 30])
      lab.writeManifest(1, at: 3, hash: hash, sum: 60)
      lab.removeEntries(1...3)
      try simulation.run(for: .seconds(7200))
      #expect(try member.refresh().get().state.sum == 60)
    }
  }

  @Test("a manifest that ends with another entry than the log's is damage, and named")
  func brokenChain() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      lab.write([10, 20, 30])
      let member = lab.member("server")
      #expect(try member.waitUntilReady().get().position == 3)
      lab.writeManifest(1, at: 2, hash: .start, sum: 30)
      try simulation.run(for: .seconds(7200))
      #expect(try member.refresh().failure?.damage?.contains(lab.keys.manifest(1)) == true)
    }
  }

  @Test("an entry that does not continue the manifest is damage, and named")
  func brokenTail() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let hash = lab.write([10, 20, 30])
      lab.write([40], from: 4, after: .start)
      lab.writeManifest(1, at: 3, hash: hash, sum: 60)
      let failure = try lab.member("server").waitUntilReady().failure
      #expect(failure?.damage?.contains(lab.keys.entry(4)) == true)
    }
  }

  @Test("a manifest of a newer format is refused; one that only newer servers may follow is read")
  func versions() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let hash = lab.write([10])
      lab.writeManifest(1, at: 1, hash: hash, sum: 10, formatVersion: 2)
      let reason = try lab.member("older").waitUntilReady().failure?.newerFormat
      #expect(reason?.contains(lab.keys.manifest(1)) == true)
      lab.writeManifest(1, at: 1, hash: hash, sum: 10, writerVersion: 2)
      let reader = lab.member("reader")
      #expect(try reader.refresh().get().state.sum == 10)
      #expect(try reader.add(1).failure?.newerFormat != nil)
      #expect(try reader.view() == nil)
      #expect(lab.bucket.object(lab.keys.entry(2)) == nil)
    }
  }
}
