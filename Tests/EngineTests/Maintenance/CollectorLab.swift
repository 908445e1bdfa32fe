import CommitLog
import Engine
import Model
import ObjectStore
import Synchronization
import Testing

/// A bucket with one log and its segments, whose clock is moved by hand. A manifest's payload is the ids that it
/// names.
final class CollectorLab: Sendable {
  final class Time: Sendable {
    private let milliseconds = Mutex<Int64>(1_700_000_000_000)
    var now: StoreTime { milliseconds.withLock { StoreTime(millisecondsSince1970: $0) } }
    func pass(_ duration: Duration) {
      milliseconds.withLock { $0 += duration.wholeMilliseconds }
    }
  }

  static let grace = Duration.seconds(1000)
  let keys = LogKeys(prefix: "p/collections/x/")
  let time = Time()
  let bucket: MemoryStore

  init() {
    let time = time
    bucket = MemoryStore(now: { time.now })
  }

  func id(_ number: UInt64) -> UniqueID { UniqueID(high: 0x4000, low: 1 << 63 | number) }

  static func payload(_ names: [UniqueID]) -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(length: names.count)
    for id in names { writer.write(id) }
    return writer.bytes
  }

  static func names(_ manifest: Manifest) throws(BinaryError) -> [UniqueID] {
    var reader = BinaryReader(manifest.payload)
    return try reader.readList(unit: 16) { reader throws(BinaryError) in try reader.readID() }
  }

  func writeEntries(_ numbers: ClosedRange<UInt64>) {
    for number in numbers { bucket.overwrite(keys.entry(number), [1]) }
  }

  func writeSegments(_ numbers: UInt64...) {
    for number in numbers { bucket.overwrite(keys.segment(id(number)), [2]) }
  }

  func writeManifest(
    _ number: UInt64, at position: UInt64, naming names: [UInt64], isFinal: Bool = false,
    writerVersion: UInt16 = 1
  ) {
    let manifest = Manifest(
      number: number, writer: .zero, putID: id(number), position: position, entryHash: .start,
      isFinal: isFinal, payload: Self.payload(names.map { id($0) }), writerVersion: writerVersion)
    bucket.overwrite(keys.manifest(number), ManifestCodec.encode(manifest))
  }

  /// Three flushes and a merge: manifest 4 covers ten entries with segment 4 alone; 9 was never named.
  func writeHistory() {
    writeEntries(1...12)
    writeSegments(1, 2, 3, 4, 9)
    writeManifest(1, at: 3, naming: [1])
    writeManifest(2, at: 6, naming: [1, 2])
    writeManifest(3, at: 10, naming: [1, 2, 3])
    writeManifest(4, at: 10, naming: [4])
  }

  func collector(
    on store: (any ObjectStore)? = nil, rules: SafetyRules = .all,
    limits: CollectorLimits = CollectorLimits()
  ) -> Collector {
    Collector(
      store: store ?? bucket, keys: keys, grace: Self.grace, rules: rules, limits: limits,
      names: Self.names)
  }

  /// One cycle of a collector that remembers nothing.
  func collect(
    on store: (any ObjectStore)? = nil, log: LabLog? = nil, rules: SafetyRules = .all,
    limits: CollectorLimits = CollectorLimits()
  ) async throws -> CollectorReport {
    var memory = CollectorMemory()
    let log = log ?? LabLog(lab: self, store: store ?? bucket)
    return try await collector(on: store, rules: rules, limits: limits).collect(log, &memory)
  }

  // MARK: What is there

  var entries: [UInt64] { bucket.keys.compactMap { keys.entryNumber(of: $0) } }
  var segments: [UInt64] {
    bucket.keys.compactMap { keys.segmentID(of: $0) }.map { $0.low & (.max >> 1) }.sorted()
  }

  /// Ascending.
  var wholeManifests: [UInt64] {
    bucket.keys.compactMap { keys.manifestNumber(of: $0) }
      .filter { bucket.body(of: keys.manifest($0))?.isEmpty == false }.sorted()
  }

  var manifestNumbers: [UInt64] { bucket.keys.compactMap { keys.manifestNumber(of: $0) }.sorted() }

  func newestManifest() throws -> Manifest? {
    guard let number = manifestNumbers.last else { return nil }
    let key = keys.manifest(number)
    return try ManifestCodec.decode(bucket.body(of: key) ?? [], number: number, key: key)
  }

  /// A new server finds the newest manifest, what it names, and every entry behind it up to `last`.
  func expectLoadable(upTo last: UInt64, _ note: String = "") throws {
    let newest = try #require(try newestManifest(), "\(note)")
    let there = Set(bucket.keys)
    let missing = try Self.names(newest).filter { !there.contains(keys.segment($0)) }
    #expect(missing.isEmpty, "\(note)")
    if newest.position < last {
      #expect(Set(entries).isSuperset(of: (newest.position + 1)...last), "\(note)")
    }
    #expect(manifestNumbers == Array(1...newest.number), "\(note)")
  }
}

/// The log as a server knows it that always has the newest manifest.
struct LabLog: CollectedLog {
  let lab: CollectorLab
  let store: any ObjectStore
  /// Called before a manifest is created.
  var beforePublishing: @Sendable () -> Void = {}
  /// The answer to the creation is lost, and with it who has the number.
  var isUnclear = false
  /// Knows nothing newer than this.
  var newestKnown: UInt64?

  func newestManifest() async -> Manifest? {
    guard let newestKnown else { return try? lab.newestManifest() }
    let key = lab.keys.manifest(newestKnown)
    return try? ManifestCodec.decode(lab.bucket.body(of: key) ?? [], number: newestKnown, key: key)
  }

  func publish(_ draft: ManifestDraft, after number: UInt64) async -> Bool {
    beforePublishing()
    let manifest = Manifest(
      number: number + 1, writer: .zero, putID: .zero, position: draft.position,
      entryHash: draft.entryHash, condemned: draft.condemned, payload: draft.payload)
    let answer = try? await store.create(
      lab.keys.manifest(number + 1), ManifestCodec.encode(manifest))
    if case .created = answer { return !isUnclear }
    return false
  }
}

/// Fails at its `failing`th call: before it is carried out, or (`afterwards`) with a lost answer.
final class FailingStore: ObjectStore {
  private let base: any ObjectStore
  private let failing: Int
  private let afterwards: Bool
  private let made = Mutex(0)

  init(_ base: any ObjectStore, failingAt failing: Int = .max, afterwards: Bool = false) {
    self.base = base
    self.failing = failing
    self.afterwards = afterwards
  }

  var calls: Int { made.withLock { $0 } }

  private func step<Answer>(
    _ call: () async throws(ObjectStoreError) -> Answer
  ) async throws(ObjectStoreError) -> Answer {
    let number = made.withLock { made in
      made += 1
      return made
    }
    guard number == failing else { return try await call() }
    if afterwards { _ = try await call() }
    throw ObjectStoreError(.unreachable, "made to fail", mayHaveBeenApplied: afterwards)
  }

  func get(_ key: String, range: ByteRange?) async throws(ObjectStoreError) -> StoreGetAnswer {
    try await step { () async throws(ObjectStoreError) in try await base.get(key, range: range) }
  }

  func create(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> CreateAnswer {
    try await step { () async throws(ObjectStoreError) in try await base.create(key, body) }
  }

  func put(_ key: String, _ body: [UInt8]) async throws(ObjectStoreError) -> StoreTime? {
    try await step { () async throws(ObjectStoreError) in try await base.put(key, body) }
  }

  func list(
    prefix: String, startAfter: String?, maxKeys: Int
  ) async throws(ObjectStoreError) -> ListAnswer {
    try await step { () async throws(ObjectStoreError) in
      try await base.list(prefix: prefix, startAfter: startAfter, maxKeys: maxKeys)
    }
  }

  func delete(_ key: String) async throws(ObjectStoreError) -> StoreTime? {
    try await step { () async throws(ObjectStoreError) in try await base.delete(key) }
  }

  func delete(_ keys: [String]) async throws(ObjectStoreError) -> StoreTime? {
    try await step { () async throws(ObjectStoreError) in try await base.delete(keys) }
  }
}
