import CommitLog
import Model
import Simulation
import Testing

@Suite("Answers in time, and limits")
struct LogReplicaDeadlineTests {
  @Test("a strong read that the bucket does not answer fails at its deadline")
  func refreshDeadline() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      member.store.partition = .answers
      let began = simulation.now
      guard case .notApplied = try member.refresh(deadline: .seconds(2)).failure else {
        Issue.record("a read was answered without the bucket")
        return
      }
      #expect(simulation.now - began == .seconds(2))
    }
  }

  @Test("a log that cannot be read yet says so at the deadline, and is read as soon as it can be")
  func loadDeadline() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      lab.write([1, 2, 3])
      let member = lab.member("server")
      member.store.partition = .both
      guard case .notApplied = try member.waitUntilReady().failure else {
        Issue.record("a log was read without the bucket")
        return
      }
      member.store.partition = nil
      try simulation.run(for: .seconds(20))
      #expect(member.replica.snapshot?.state.sum == 6)
    }
  }

  @Test("a replica that has ended answers at once, and certainly with nothing applied")
  func ended() throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.add(1).get()
      member.running.cancel()
      try simulation.run(within: .seconds(60)) { member.running.isFinished }
      let began = simulation.now
      guard case .notApplied = try member.refresh().failure,
        case .notApplied = try member.add(1).failure
      else {
        Issue.record("a replica that has ended gave another answer")
        return
      }
      #expect(simulation.now == began)
      #expect(lab.bucket.keys(prefix: "test/log/").count == 1)
    }
  }

  @Test("a command of more bytes than an entry may hold is refused, and the others are not")
  func commandLimit() throws {
    try SeedRunner(seeds: 3).run { simulation in
      var limits = LogLimits()
      limits.commandBytesMax = 7
      let lab = LogLab(simulation)
      let member = lab.member("server", limits: limits)
      guard case .tooLarge(bytes: 8, bytesMax: 7) = try member.add(1).failure else {
        Issue.record("8 bytes where 7 are allowed")
        return
      }
      #expect(lab.bucket.keys(prefix: "test/log/").isEmpty)
      #expect(try member.add(0).get().position == 0)
    }
  }

  @Test("what waits beyond the limit of the queue is refused at once")
  func queueLimit() throws {
    try SeedRunner(seeds: 3).run { simulation in
      var limits = LogLimits()
      limits.queuedCommandsMax = 5
      limits.entryCommandsMax = 1
      let lab = LogLab(simulation)
      let member = lab.member("server", limits: limits)
      _ = try member.waitUntilReady().get()
      let replica = member.replica
      let results = try simulation.value(on: member.node) {
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<20 {
            group.addTask { await submit(1, .seconds(60), to: replica).failure == nil }
          }
          return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
      }
      let taken = results.count { $0 }
      #expect(taken >= 5 && taken < 20)
      #expect(replica.snapshot?.state.changes == taken)
    }
  }
}
