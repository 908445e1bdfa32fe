import CommitLog
import Model
import Simulation
import Synchronization
import Testing

@Suite("Appending to a log")
struct LogReplicaAppendTests {
  @Test("a write whose answer was lost is found by reading its slot, and not written twice (S2)")
  func lostAnswer() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      member.store.profile.answerLost = 1
      lab.bucket.observe { _ in member.store.profile.answerLost = 0 }
      let committed = try member.add(7).get()
      #expect(committed.position == 1)
      #expect(committed.outcome == 7)
      #expect(member.requests.creates == 1)
      #expect(lab.bucket.keys(prefix: "test/log/").count == 1)
    }
  }

  @Test("an entry that lost its race is decided anew on top of the winner (S1)")
  func lostRace() throws {
    try SeedRunner(seeds: 5).run { simulation in
      let lab = LogLab(simulation)
      let first = lab.member("first")
      let second = lab.member("second")
      #expect(try first.add(10).get().outcome == 10)
      _ = try second.refresh().get()
      #expect(try first.add(-4).get().outcome == 6)
      // The second still believes that there are 10.
      #expect(second.replica.snapshot?.state.sum == 10)
      guard case .rejected(let rejection) = try second.add(-7).failure else {
        Issue.record("the second took what was not there")
        return
      }
      #expect(rejection.sum == 6)
      #expect(try second.add(-6).get().outcome == 0)
      #expect(try first.refresh().get().state == second.replica.snapshot?.state)
    }
  }

  @Test("what was called not applied is not applied later (S3)")
  func refused() throws {
    try SeedRunner(seeds: 10).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      member.store.profile.refused = 1
      guard case .notApplied = try member.add(1, deadline: .seconds(3)).failure else {
        Issue.record("not called not applied")
        return
      }
      member.store.profile.refused = 0
      try simulation.run(for: .seconds(60))
      #expect(lab.bucket.keys(prefix: "test/log/").isEmpty)
      let committed = try member.add(2).get()
      #expect(committed.outcome == 2)
    }
  }

  @Test("what was called not applied is not applied with others of its entry either (S3)")
  func refusedInGroup() throws {
    try SeedRunner(seeds: 10).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      let replica = member.replica
      member.store.profile.refused = 1
      simulation.schedule(after: .seconds(6)) { member.store.profile.refused = 0 }
      let results = try simulation.value(on: member.node) {
        async let impatient = submit(1, .seconds(3), to: replica)
        async let patient = submit(10, .seconds(60), to: replica)
        return await [impatient, patient]
      }
      guard case .notApplied = results[0].failure else {
        Issue.record("not called not applied")
        return
      }
      let committed = try results[1].get()
      #expect(committed.outcome == 10)
    }
  }

  @Test("what may have been applied is called unknown in time, and resolved in its slot (S2, S3)")
  func unknown() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      member.store.partition = .answers
      let began = simulation.now
      guard case .outcomeUnknown = try member.add(1, deadline: .seconds(3)).failure else {
        Issue.record("not called unknown")
        return
      }
      #expect(simulation.now - began <= .milliseconds(3_001))
      member.store.partition = nil
      let committed = try member.add(2, deadline: .seconds(60)).get()
      #expect(committed.outcome == 3)
      #expect(committed.position == 2)
      #expect(lab.bucket.keys(prefix: "test/log/").count == 2)
    }
  }

  @Test("writers that write at the same time come to one sum, with one entry for each slot")
  func manyWriters() throws {
    try SeedRunner(seeds: 10).run { simulation in
      let lab = LogLab(simulation)
      let members = (0..<3).map { lab.member("server-\($0)") }
      let acknowledged = Mutex<Int64>(0)
      for member in members {
        let replica = member.replica
        simulation.spawn(on: member.node) {
          for _ in 0..<10 {
            if case .success = await submit(1, .seconds(60), to: replica) {
              acknowledged.withLock { $0 += 1 }
            }
          }
        }
      }
      try simulation.run(within: .seconds(600)) { acknowledged.withLock { $0 } == 30 }
      let states = try members.map { try $0.refresh().get() }
      for snapshot in states {
        #expect(snapshot.state.sum == 30)
        #expect(snapshot.position == states[0].position)
      }
      #expect(lab.bucket.keys(prefix: "test/log/").count == Int(states[0].position))
    }
  }
}
