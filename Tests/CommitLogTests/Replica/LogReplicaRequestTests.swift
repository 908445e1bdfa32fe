import CommitLog
import Model
import Simulation
import Testing

@Suite("What a log asks of the bucket")
struct LogReplicaRequestTests {
  /// Requests that `body` made the member send.
  private func requests(
    of member: LogLab.Member, _ body: () throws -> Void
  ) rethrows -> [Int] {
    let before = member.requests
    try body()
    let after = member.requests
    return [after.gets - before.gets, after.creates - before.creates]
  }

  @Test(
    "a start on an empty log reads four slots beside the confirmation, in the time of a LIST and a GET"
  )
  func emptyStart() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      let start = try requests(of: member) { _ = try member.waitUntilReady().get() }
      #expect(start == [5, 0])
      #expect(simulation.now == .milliseconds(40))
    }
  }

  @Test("a write is one PUT, and a strong read with nothing new one GET")
  func idle() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      for number in 1...3 {
        let write = try requests(of: member) {
          let committed = try member.add(5).get()
          #expect(committed.position == UInt64(number))
          #expect(committed.outcome == Int64(number) * 5)
        }
        #expect(write == [0, 1])
        let read = try requests(of: member) {
          let snapshot = try member.refresh().get()
          #expect(snapshot.position == UInt64(number))
        }
        #expect(read == [1, 0])
      }
    }
  }

  @Test("a command that writes nothing, refused or not, is answered after one GET")
  func nothingToWrite() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.add(3).get()
      let empty = try requests(of: member) {
        let committed = try member.add(0).get()
        #expect(committed.position == 1)
        #expect(committed.outcome == 3)
      }
      #expect(empty == [1, 0])
      let refused = try requests(of: member) {
        guard case .rejected(let rejection) = try member.add(-4).failure else {
          Issue.record("was not refused")
          return
        }
        #expect(rejection.sum == 3)
      }
      #expect(refused == [1, 0])
    }
  }

  @Test("a store without dates is asked to confirm after every answer")
  func noDates() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var time = SimulatedBucket.Time()
      time.isTold = false
      let lab = LogLab(simulation, time: time)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      let write = try requests(of: member) { _ = try member.add(5).get() }
      #expect(write == [1, 1])
      let read = try requests(of: member) { _ = try member.refresh().get() }
      #expect(read == [2, 0])
    }
  }

  @Test("a store without dates: a manifest that comes is noticed by the very next answer")
  func noDatesManifest() throws {
    try SeedRunner(seeds: 1).run { simulation in
      var time = SimulatedBucket.Time()
      time.isTold = false
      let lab = LogLab(simulation, time: time)
      let member = lab.member("server")
      _ = try member.add(5).get()
      lab.bucket.tamper(lab.keys.manifest(1), [1])
      #expect(try member.refresh().failure?.damage?.contains(lab.keys.manifest(1)) == true)
    }
  }

  @Test("the confirmation is renewed in the background while the log is used, and only then")
  func renewal() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let member = lab.member("server")
      _ = try member.refresh().get()
      let used = try requests(of: member) { try simulation.run(for: .seconds(901)) }
      #expect(used == [1, 0])
      let idle = try requests(of: member) { try simulation.run(for: .seconds(9000)) }
      #expect(idle == [0, 0])
    }
  }

  @Test("writes that come while an entry is on its way share the next one")
  func groupCommit() throws {
    try SeedRunner(seeds: 10).run { simulation in
      let lab = LogLab(simulation)
      let member = lab.member("server")
      _ = try member.waitUntilReady().get()
      let replica = member.replica
      let before = member.requests.creates
      let outcomes = try simulation.value(on: member.node) {
        await withTaskGroup(of: Int64?.self) { group in
          for _ in 0..<50 {
            group.addTask { try? await submit(1, .seconds(8), to: replica).get().outcome }
          }
          return await group.reduce(into: [Int64]()) { $0.append($1 ?? -1) }
        }
      }
      // Each command was decided on the state with the earlier ones applied.
      #expect(outcomes.sorted() == Array(1...50))
      #expect(member.requests.creates - before <= 2)
    }
  }

  @Test("an entry holds no more commands than its limit")
  func entryLimit() throws {
    try SeedRunner(seeds: 3).run { simulation in
      var limits = LogLimits()
      limits.entryCommandsMax = 4
      let lab = LogLab(simulation)
      let member = lab.member("server", limits: limits)
      let replica = member.replica
      try simulation.value(on: member.node) {
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<20 { group.addTask { _ = await submit(1, .seconds(8), to: replica) } }
        }
      }
      let snapshot = try #require(replica.snapshot)
      #expect(snapshot.state.changes == 20)
      #expect(snapshot.position >= 5)
      for number in 1...snapshot.position {
        let key = lab.keys.entry(number)
        let object = try #require(lab.bucket.object(key))
        let entry = try LogEntryCodec.decode(object, number: number, key: key)
        #expect(entry.payload.count <= 4 * 8)
      }
    }
  }
}
