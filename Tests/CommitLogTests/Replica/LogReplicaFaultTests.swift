import CommitLog
import Model
import Simulation
import Testing

@Suite("A log that cannot be used")
struct LogReplicaFaultTests {
  @Test("a damaged entry is named, wherever it is in the log", arguments: [1, 2, 4, 5, 13, 40])
  func damagedEntry(number: UInt64) throws {
    try SeedRunner(seeds: 3).run { simulation in
      let lab = LogLab(simulation)
      lab.write([Int64](repeating: 1, count: 40))
      let key = lab.keys.entry(number)
      var object = try #require(lab.bucket.object(key))
      object[object.count - 5] ^= 1
      lab.bucket.tamper(key, object)

      let member = lab.member("server")
      let reason = try member.waitUntilReady().failure?.damage
      #expect(reason == "object \(key) is damaged: checksum does not match")
      #expect(member.replica.snapshot == nil)
      #expect(try member.add(1).failure?.damage == reason)
      #expect(try member.refresh().failure?.damage == reason)
      #expect(lab.bucket.object(lab.keys.entry(41)) == nil)
    }
  }

  @Test("an entry that does not continue the one before it is named")
  func brokenChain() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      lab.write([1, 2, 3])
      lab.write([4], from: 4, after: .start)
      let member = lab.member("server")
      let reason = try member.waitUntilReady().failure?.damage
      #expect(reason?.contains(lab.keys.entry(4)) == true)
      #expect(reason?.contains("chain hash") == true)
    }
  }

  @Test("an entry whose payload the state does not understand is named")
  func payload() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let hash = lab.write([1])
      let entry = LogEntry(
        number: 2, previousHash: hash, writer: .zero, putID: .zero, payload: [1, 2, 3])
      lab.bucket.tamper(lab.keys.entry(2), LogEntryCodec.encode(entry))
      let reason = try lab.member("server").waitUntilReady().failure?.damage
      #expect(reason?.hasPrefix("object \(lab.keys.entry(2)) is damaged: ") == true)
    }
  }

  @Test("an entry of a newer format is refused and named, and nothing is written behind it")
  func newerEntry() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      let hash = lab.write([1, 2])
      let member = lab.member("server")
      #expect(try member.waitUntilReady().get().state.sum == 3)
      let entry = LogEntry(
        number: 3, previousHash: hash, writer: .zero, putID: .zero, payload: [])
      lab.bucket.tamper(lab.keys.entry(3), LogEntryCodec.encode(entry, formatVersion: 2))
      let reason = try member.refresh().failure?.newerFormat
      #expect(reason?.contains(lab.keys.entry(3)) == true)
      #expect(try member.add(1).failure?.newerFormat == reason)
      #expect(lab.bucket.object(lab.keys.entry(4)) == nil)
    }
  }

  @Test(
    "a manifest that is none, or is empty though it is the newest, is named", arguments: [[], [1]])
  func manifest(body: [UInt8]) throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      lab.write([1])
      lab.bucket.tamper(lab.keys.manifest(1), body)
      let reason = try lab.member("server").waitUntilReady().failure?.damage
      #expect(reason?.contains(lab.keys.manifest(1)) == true)
    }
  }

  @Test("a running server finds a new manifest when it confirms anew, before it believes an answer")
  func laterManifest() throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation, grace: .seconds(3600))
      let member = lab.member("server")
      #expect(try member.add(1).get().outcome == 1)
      lab.bucket.tamper(lab.keys.manifest(1), [1])
      #expect(try member.add(1).get().outcome == 2)
      try simulation.run(for: .seconds(1801))
      #expect(try member.add(1).failure != nil)
      #expect(try member.add(1).failure?.damage?.contains(lab.keys.manifest(1)) == true)
    }
  }

  @Test("a log that was mended is used again without a restart", arguments: [1, 3, 4, 8, 40])
  func mended(entries: Int) throws {
    try SeedRunner(seeds: 1).run { simulation in
      let lab = LogLab(simulation)
      lab.write([Int64](repeating: 1, count: entries))
      let key = lab.keys.entry(1)
      let right = try #require(lab.bucket.object(key))
      lab.bucket.tamper(key, Array(right.dropLast()))
      let member = lab.member("server")
      #expect(try member.waitUntilReady().failure?.damage?.contains(key) == true)
      lab.bucket.tamper(key, right)
      // The first request asks for the log to be read anew, and may itself still be refused.
      _ = try member.waitUntilReady()
      try simulation.run(for: .seconds(5))
      let committed = try member.add(1).get()
      #expect(committed.outcome == Int64(entries + 1))
    }
  }
}
