import CommitLog
import Engine
import Model
import ObjectStore
import Testing

@Suite("Collection of garbage")
struct CollectorTests {
  private let lab = CollectorLab()

  @Test("nothing is touched while the newest manifest is younger than the grace")
  func young() async throws {
    lab.writeHistory()
    let before = lab.bucket.keys
    lab.time.pass(CollectorLab.grace - .milliseconds(1))
    let report = try await lab.collect()
    #expect(!report.hasDeleted && report.nextDue == .milliseconds(1))
    #expect(lab.bucket.keys == before && lab.wholeManifests == [1, 2, 3, 4])
  }

  @Test("what the newest manifest covers and does without goes when that is as old as the grace")
  func old() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace)
    let report = try await lab.collect()
    #expect(lab.entries == [11, 12])
    #expect(lab.segments == [4])
    #expect(lab.wholeManifests == [4, 5] && lab.manifestNumbers == [1, 2, 3, 4, 5])
    #expect(report.deletedEntries == 10 && report.emptiedManifests == 3)
    #expect(report.deletedSegments == 4 && !report.isUnfinished)
    // The one that condemned is all that changes: same position, same names.
    let newest = try #require(try lab.newestManifest())
    #expect(newest.position == 10 && newest.condemned == [1, 2, 3, 9].map { lab.id($0) })
    #expect(newest.payload == CollectorLab.payload([lab.id(4)]))
    #expect(report.nextDue == CollectorLab.grace)
    try lab.expectLoadable(upTo: 12)
  }

  @Test(
    "a manifest goes only when its successor is old; segments stay while a younger one names them")
  func between() async throws {
    lab.writeEntries(1...10)
    lab.writeSegments(1, 2, 3)
    lab.writeManifest(1, at: 3, naming: [1])
    lab.writeManifest(2, at: 6, naming: [1, 2])
    lab.time.pass(.seconds(600))
    lab.writeManifest(3, at: 10, naming: [3])
    lab.time.pass(.seconds(400))
    let report = try await lab.collect()
    #expect(lab.entries == [7, 8, 9, 10])
    #expect(lab.wholeManifests == [2, 3] && lab.segments == [1, 2, 3])
    #expect(report.nextDue == .seconds(600))
    lab.time.pass(.seconds(600))
    _ = try await lab.collect()
    #expect(lab.entries.isEmpty && lab.segments == [3])
  }

  @Test("a segment that nobody names yet is left alone until it is as old as the grace")
  func upload() async throws {
    lab.writeManifest(1, at: 0, naming: [])
    lab.time.pass(CollectorLab.grace)
    lab.writeSegments(1)
    lab.time.pass(.seconds(1))
    let report = try await lab.collect()
    #expect(lab.segments == [1] && lab.manifestNumbers == [1])
    #expect(report.nextDue == .seconds(999))
  }

  @Test("nothing is deleted where another manifest took the number, or nobody knows whose it is")
  func lost() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace)
    let lab = lab
    // Another server names the segment that nobody named when this one looked.
    let winner = LabLog(lab: lab, store: lab.bucket) {
      lab.writeManifest(5, at: 12, naming: [4, 9])
    }
    #expect(try await lab.collect(log: winner).isUnfinished)
    #expect(lab.segments == [1, 2, 3, 4, 9])
    let unclear = LabLog(lab: lab, store: lab.bucket, isUnclear: true)
    #expect(try await lab.collect(log: unclear).isUnfinished)
    #expect(lab.segments == [1, 2, 3, 4, 9])
    try lab.expectLoadable(upTo: 12)
    // It was created, and condemned what is still there: no harm, it is condemned anew.
    #expect(lab.manifestNumbers == [1, 2, 3, 4, 5, 6])
  }

  @Test("a server that does not know the newest manifest deletes nothing")
  func lagging() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace)
    let before = lab.bucket.keys
    let log = LabLog(lab: lab, store: lab.bucket, newestKnown: 3)
    #expect(try await lab.collect(log: log).isUnfinished)
    #expect(lab.bucket.keys == before && lab.wholeManifests == [1, 2, 3, 4])
  }

  @Test("a damaged manifest stops everything, and is named")
  func damaged() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace)
    lab.writeManifest(5, at: 11, naming: [4])
    let key = lab.keys.manifest(4)
    var body = try #require(lab.bucket.body(of: key))
    body[20] ^= 1
    lab.bucket.overwrite(key, body, lastModified: lab.bucket.lastModified(of: lab.keys.manifest(3)))
    let before = lab.bucket.keys
    let error = await #expect(throws: CollectorError.self) { try await lab.collect() }
    #expect(error?.description.contains(key) == true)
    #expect(lab.bucket.keys == before)
  }

  @Test(
    "whatever call fails, before or after it was carried out, the next cycles finish",
    arguments: [false, true])
  func crashes(afterwards: Bool) async throws {
    var failures = 0
    for failing in 1... {
      let lab = CollectorLab()
      lab.writeHistory()
      lab.time.pass(CollectorLab.grace)
      let store = FailingStore(lab.bucket, failingAt: failing, afterwards: afterwards)
      if (try? await lab.collect(on: store)) == nil { failures += 1 }
      try lab.expectLoadable(upTo: 12, "call \(failing)")
      guard store.calls >= failing else { break }
      _ = try await lab.collect()
      try lab.expectLoadable(upTo: 12, "after call \(failing)")
      lab.time.pass(CollectorLab.grace)
      _ = try await lab.collect()
      #expect(lab.entries == [11, 12] && lab.segments == [4], "call \(failing)")
      lab.time.pass(CollectorLab.grace)
      let last = try await lab.collect()
      #expect(!last.isUnfinished && last.deletedSegments == 0, "call \(failing)")
      #expect(lab.wholeManifests.count == 1, "call \(failing)")
    }
    #expect(failures >= 6)
  }

  @Test(
    "a cycle that ended halfway leaves no whole manifest behind a page of emptied ones",
    arguments: [10, 20, 40])
  func emptyingHalfway(failing: Int) async throws {
    var limits = CollectorLimits()
    limits.pageSize = 5
    for number in UInt64(1)...50 { lab.writeManifest(number, at: 0, naming: []) }
    lab.time.pass(CollectorLab.grace)
    let store = FailingStore(lab.bucket, failingAt: failing)
    await #expect(throws: CollectorError.self) { try await lab.collect(on: store, limits: limits) }
    _ = try await lab.collect(limits: limits)
    #expect(lab.wholeManifests == [50] && lab.manifestNumbers == Array(1...50))
  }

  @Test("a long log goes by pages, and no further in one cycle than it may")
  func pages() async throws {
    lab.writeEntries(1...2500)
    lab.writeManifest(1, at: 2300, naming: [])
    lab.time.pass(CollectorLab.grace)
    var limits = CollectorLimits()
    limits.entryPagesMax = 2
    let first = try await lab.collect(limits: limits)
    #expect(first.isUnfinished && lab.entries == Array(2001...2500))
    let second = try await lab.collect(limits: limits)
    #expect(!second.isUnfinished && lab.entries == Array(2301...2500))
  }

  @Test("more garbage than one manifest may condemn goes in several cycles")
  func muchGarbage() async throws {
    lab.writeManifest(1, at: 0, naming: [])
    for number in UInt64(1)...5 { lab.writeSegments(number) }
    lab.time.pass(CollectorLab.grace)
    var limits = CollectorLimits()
    limits.condemnedMax = 3
    #expect(try await lab.collect(limits: limits).isUnfinished)
    #expect(lab.segments == [4, 5])
    #expect(try await !lab.collect(limits: limits).isUnfinished)
    #expect(lab.segments.isEmpty)
  }

  @Test(
    "a manifest condemns no more than fits beside its payload; the rest goes in several cycles",
    arguments: [0, 3000, 3820, 4090])
  func smallManifests(named: UInt64) async throws {
    lab.writeManifest(1, at: 0, naming: Array(10_000..<10_000 + named))
    for number in UInt64(1)...2000 { lab.writeSegments(number) }
    lab.time.pass(CollectorLab.grace)
    var cycles = 0
    while try await lab.collect().isUnfinished {
      cycles += 1
      try #require(cycles < 200)
    }
    #expect(lab.segments.isEmpty)
    let sizes = lab.manifestNumbers.map { lab.bucket.body(of: lab.keys.manifest($0))?.count ?? 0 }
    // A payload that leaves no room for them is one that was written before there was such a bound.
    let bound = named < 4090 ? ManifestPayload.bytesMax : ManifestPayload.bytesMax + 512
    #expect(sizes.allSatisfy { $0 <= bound }, "\(sizes)")
  }

  @Test("manifests are read once, and a clean log waits for nothing")
  func requests() async throws {
    lab.writeHistory()
    lab.time.pass(.seconds(500))
    lab.writeManifest(5, at: 11, naming: [4])
    lab.time.pass(.seconds(500))
    var memory = CollectorMemory()
    func cycle() async throws -> (report: CollectorReport, calls: Int) {
      let store = FailingStore(lab.bucket)
      let log = LabLog(lab: lab, store: store)
      return (try await lab.collector(on: store).collect(log, &memory), store.calls)
    }
    let first = try await cycle()
    // Lists of manifests, log and segments; manifest 4; a deletion, three emptied; one created, one deletion.
    #expect(first.calls == 3 + 1 + 1 + 3 + 2 && first.report.deletedSegments == 4)
    lab.time.pass(CollectorLab.grace)
    let second = try await cycle()
    // Both manifests that matter are known: none is read again.
    #expect(second.calls == 3 + 1 + 2 && second.report.emptiedManifests == 2)
    let clean = try await cycle()
    #expect(clean.report == CollectorReport() && clean.calls == 3)
  }

  @Test("a store without dates keeps everything")
  func noDates() async throws {
    lab.writeHistory()
    lab.time.pass(CollectorLab.grace * 10)
    let before = lab.bucket.keys
    let report = try await lab.collect(on: DatelessStore(base: lab.bucket))
    #expect(report == CollectorReport() && lab.bucket.keys == before)
    #expect(lab.wholeManifests == [1, 2, 3, 4])
  }

  @Test(
    "each rule that is taken out is missed",
    arguments: [SafetyRules.collectsAfterGrace, .emptiesManifests, .condemnsFirst])
  func mutants(rule: SafetyRules) async throws {
    lab.writeHistory()
    lab.time.pass(rule == .collectsAfterGrace ? CollectorLab.grace / 2 : CollectorLab.grace)
    let report = try await lab.collect(rules: .all.subtracting(rule))
    switch rule {
    case .collectsAfterGrace: #expect(report.deletedEntries == 10)
    case .emptiesManifests: #expect(lab.manifestNumbers == [4, 5])
    default: #expect(lab.manifestNumbers == [1, 2, 3, 4] && report.deletedSegments == 4)
    }
  }
}

/// Tells no time.
struct DatelessStore: ForwardingStore {
  let base: any ObjectStore

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    let page = try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
    return ListAnswer(items: page.items, isTruncated: page.isTruncated, date: nil)
  }
}
