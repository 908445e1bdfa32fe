import CommitLog
import Engine
import Model
import ObjectStore
import Testing

@Suite("Collection of what came into collections that the catalog has forgotten")
struct CollectorOfOrphansTests {
  private static let grace = CollectorLab.grace
  private let time = CollectorLab.Time()
  private let bucket: MemoryStore

  init() {
    let time = time
    bucket = MemoryStore(now: { time.now })
  }

  private func id(_ number: UInt64) -> UniqueID { UniqueID(high: 0x4000, low: 1 << 63 | number) }

  private func keys(_ number: UInt64) -> LogKeys {
    LogKeys(prefix: "p/collections/\(id(number))/")
  }

  /// A collection of which nothing is left but its manifests: one emptied, the last whole.
  private func writeManifests(
    _ number: UInt64, isFinal: Bool = true, writerVersion: UInt16 = 1
  ) {
    let manifest = Manifest(
      number: 2, writer: .zero, putID: .zero, position: 3, entryHash: .start, isFinal: isFinal,
      payload: [], writerVersion: writerVersion)
    bucket.overwrite(keys(number).manifest(1), [])
    bucket.overwrite(keys(number).manifest(2), ManifestCodec.encode(manifest))
  }

  /// What a server writes that has slept: an entry in a slot that was collected, and a segment.
  @discardableResult
  private func writeOrphans(_ number: UInt64) -> [String] {
    let orphans = [keys(number).entry(2), keys(number).segment(id(99))]
    for key in orphans { bucket.overwrite(key, [1]) }
    return orphans
  }

  /// Collection `n` of those that the catalog ever had: there, dying, buried, or forgotten.
  private func catalog(
    _ ids: ClosedRange<UInt64>, dying: [UInt64] = [], buried: [UInt64] = []
  ) async throws -> CatalogState {
    let (tenant, database) = (DefaultNames.tenant, DefaultNames.database)
    var commands: [CatalogCommand] = ids.map { number in
      let definition = CollectionDefinition(
        name: Text("c\(number)"), metadata: nil, distance: .l2, configuration: "{}")
      return .createCollection(
        CatalogEntry(
          id: id(number), tenant: tenant, database: database, definition: definition),
        getOrCreate: false)
    }
    commands += (dying + buried).map {
      .deleteCollection(tenant: tenant, database: database, name: Text("c\($0)"))
    }
    commands.append(.bury(buried.map { id($0) }))
    var state = CatalogState()
    for command in commands {
      var payload = BinaryWriter()
      _ = try await state.decide(command, into: &payload)
    }
    return state
  }

  /// A whole walk.
  private func collect(
    on store: (any ObjectStore)? = nil, known: CatalogState = CatalogState(),
    newest: CatalogState? = nil
  ) async throws -> [CollectorReport] {
    let collector = CollectorOfOrphans(store: store ?? bucket, prefix: "p/", grace: Self.grace)
    var reports: [CollectorReport] = []
    var next: String?
    repeat {
      let step = try await collector.collect(from: next, known: known) {
        () async throws(CollectorError) in newest ?? known
      }
      reports.append(step.report)
      next = step.next
    } while next != nil
    return reports
  }

  @Test("it goes once it is as old as the grace; manifests and all other collections stay")
  func goes() async throws {
    for number in UInt64(1)...5 { writeManifests(number) }
    time.pass(Self.grace)
    let state = try await catalog(1...3, dying: [2], buried: [3])
    for number in UInt64(1)...3 { writeOrphans(number) }
    let orphans = writeOrphans(5)
    let all = bucket.keys
    time.pass(Self.grace - .milliseconds(1))
    let early = try await collect(known: state)
    #expect(early.map(\.deletedOrphans) == [0] && early[0].nextDue == .milliseconds(1))
    #expect(bucket.keys == all)
    time.pass(.milliseconds(1))
    bucket.overwrite(keys(5).segment(id(98)), [1])
    let report = try await collect(known: state)
    #expect(report.map(\.deletedOrphans) == [2] && report[0].nextDue == Self.grace)
    #expect(
      bucket.keys == (all + [keys(5).segment(id(98))]).filter { !orphans.contains($0) }.sorted())
  }

  @Test("what another server's new collection holds stays, though this server's catalog is old")
  func newcomer() async throws {
    writeOrphans(1)
    writeManifests(1)
    time.pass(Self.grace * 2)
    let before = bucket.keys
    _ = try await collect(known: CatalogState(), newest: try await catalog(1...1))
    #expect(bucket.keys == before)
  }

  @Test("a catalog that cannot be read, or that may not be written, keeps everything")
  func noCatalog() async throws {
    writeManifests(1)
    writeOrphans(1)
    time.pass(Self.grace)
    let before = bucket.keys
    let collector = CollectorOfOrphans(store: bucket, prefix: "p/", grace: Self.grace)
    let step = try await collector.collect(from: nil, known: CatalogState()) { nil }
    #expect(step.report == CollectorReport() && step.next == nil && bucket.keys == before)
    await #expect(throws: CollectorError.self) {
      try await collector.collect(from: nil, known: CatalogState()) {
        () async throws(CollectorError) in throw .unreadable("no answer")
      }
    }
    #expect(bucket.keys == before)
  }

  @Test("where the last manifest does not stand everything stays, whatever the catalog says")
  func notEnded() async throws {
    for number in UInt64(1)...3 { writeOrphans(number) }
    writeManifests(2, isFinal: false)
    writeManifests(3, writerVersion: 2)
    time.pass(Self.grace)
    let before = bucket.keys
    #expect(try await collect() == [CollectorReport()])
    #expect(bucket.keys == before)
  }

  @Test("a store that tells no dates keeps everything")
  func noDates() async throws {
    writeManifests(1)
    writeOrphans(1)
    time.pass(Self.grace)
    #expect(try await collect(on: DatelessStore(base: bucket)) == [CollectorReport()])
    #expect(bucket.keys.count == 4)
  }

  @Test("a walk takes one request per folder, however much is in it, and ends")
  func requests() async throws {
    let state = try await catalog(1...700)
    for number in UInt64(1)...700 {
      for entry in UInt64(1)...3 { bucket.overwrite(keys(number).entry(entry), [1]) }
    }
    for number in UInt64(701)...1400 { writeManifests(number) }
    for key in ["p/collections/foreign", "p/collections/foreign/x", "p/collectionsx", "p/d"] {
      bucket.overwrite(key, [1])
    }
    let store = FailingStore(bucket)
    let reports = try await collect(on: store, known: state)
    #expect(reports.count == 2 && reports.allSatisfy { $0 == CollectorReport() })
    #expect(store.calls == 1400 + 2 + 1)
  }

  @Test("whatever call fails, the next walk finishes", arguments: [false, true])
  func crashes(afterwards: Bool) async throws {
    for failing in 1... {
      let tests = CollectorOfOrphansTests()
      tests.writeManifests(1)
      tests.writeManifests(2)
      let manifests = tests.bucket.keys
      tests.writeOrphans(1)
      tests.writeOrphans(2)
      tests.time.pass(Self.grace)
      let store = FailingStore(tests.bucket, failingAt: failing, afterwards: afterwards)
      _ = try? await tests.collect(on: store)
      guard store.calls >= failing else { break }
      _ = try await tests.collect()
      #expect(tests.bucket.keys == manifests, "call \(failing)")
    }
  }
}
