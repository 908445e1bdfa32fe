import CommitLog
import Logging
import Model
import ObjectStore
import Segments

/// Deletes from the bucket what nobody needs any more, by rules S4 and S5.
///
/// All ages are taken by the store's own clock, from one answer: its date less an object's last modification. A
/// store that tells no dates is never collected. Any number of servers may collect at once, and one may die between
/// any two requests: the next cycle goes on.
struct Collector: Sendable {
  let store: any ObjectStore
  let keys: LogKeys
  /// G, the bucket's.
  let grace: Duration
  let rules: SafetyRules
  let logger: Logger

  /// What a cycle did, and when the next one has something to do.
  struct Report: Sendable {
    var deletedEntries = 0
    var emptiedManifests = 0
    var deletedSegments = 0
    /// Time until something that is still too young can go; nil if there is nothing of that kind.
    var nextDue: Duration?
    /// More was there than one cycle takes.
    var isUnfinished = false

    mutating func expect(in duration: Duration) {
      nextDue = min(nextDue ?? duration, duration)
    }
  }

  /// Pages of a list, or batches of deletions, in one cycle.
  static let pagesMax = 20
  static let pageSize = 1000

  /// The manifests of a log that were not emptied, newest first, and which of them allows deletions.
  struct Manifests: Sendable {
    struct Item: Sendable {
      let number: UInt64
      let age: Duration
    }

    var whole: [Item] = []
    /// The newest that is at least G old: what it covers, and what it does without, can go.
    var covering: Item?
  }

  /// The age that counts as G; a collector that waits less breaks rule S4.
  private var patience: Duration {
    rules.contains(.collectsAfterGrace) ? grace : grace / 16
  }

  func listManifests() async throws(ObjectStoreError) -> Manifests? {
    var manifests = Manifests()
    var startAfter: String?
    for _ in 0..<Self.pagesMax {
      let page = try await store.list(
        prefix: keys.manifestPrefix, startAfter: startAfter, maxKeys: Self.pageSize)
      guard let date = page.date else { return nil }
      var hasWhole = false
      for item in page.items {
        guard let number = keys.manifestNumber(of: item.key), item.size > 0 else { continue }
        guard let lastModified = item.lastModified else { return nil }
        hasWhole = true
        manifests.whole.append(.init(number: number, age: date.since(lastModified)))
      }
      // Behind a page of emptied manifests there is nothing else.
      guard page.isTruncated, hasWhole else { break }
      startAfter = page.items.last?.key
    }
    manifests.covering = manifests.whole.first { $0.age >= patience }
    return manifests
  }

  // MARK: Logs and manifests

  /// Deletes the entries that `covering` covers and empties the manifests before it.
  func collectLog(
    _ manifests: Manifests, coveredTo position: UInt64, _ report: inout Report
  ) async throws(ObjectStoreError) {
    guard let covering = manifests.covering else { return }
    try await deleteEntries(upTo: position, &report)
    for item in manifests.whole where item.number < covering.number {
      let key = keys.manifest(item.number)
      if rules.contains(.emptiesManifests) {
        _ = try await store.put(key, [])
      } else {
        _ = try await store.delete(key)
      }
      report.emptiedManifests += 1
    }
  }

  func deleteEntries(
    upTo position: UInt64, _ report: inout Report
  ) async throws(ObjectStoreError) {
    for _ in 0..<Self.pagesMax {
      let page = try await store.list(
        prefix: keys.entryPrefix, startAfter: nil, maxKeys: Self.pageSize)
      let covered = page.items.map(\.key).filter { key in
        keys.entryNumber(of: key).map { $0 <= position } ?? false
      }
      guard !covered.isEmpty else { return }
      _ = try await store.delete(covered)
      report.deletedEntries += covered.count
      guard covered.count == page.items.count, page.isTruncated else { return }
    }
    report.isUnfinished = true
  }

  // MARK: Segments

  /// The objects of the segments' folder with their ages; nil where the store tells no dates.
  func listSegments() async throws(ObjectStoreError) -> [(id: UniqueID, age: Duration)]? {
    var found: [(id: UniqueID, age: Duration)] = []
    var startAfter: String?
    for _ in 0..<Self.pagesMax {
      let page = try await store.list(
        prefix: keys.segmentPrefix, startAfter: startAfter, maxKeys: Self.pageSize)
      for item in page.items {
        guard let date = page.date, let lastModified = item.lastModified else { return nil }
        guard let id = keys.segmentID(of: item.key) else { continue }
        found.append((id, date.since(lastModified)))
      }
      guard page.isTruncated else { break }
      startAfter = page.items.last?.key
    }
    return found
  }

  /// Of the objects in the segments' folder those that no manifest names which somebody may still read by.
  func garbage(
    named: Set<UniqueID>, _ report: inout Report
  ) async throws(ObjectStoreError) -> [UniqueID] {
    guard let segments = try await listSegments() else { return [] }
    var garbage: [UniqueID] = []
    for segment in segments where !named.contains(segment.id) {
      if segment.age >= patience {
        garbage.append(segment.id)
      } else {
        report.expect(in: patience - segment.age)
      }
    }
    return Array(garbage.sorted().prefix(Self.condemnedMax))
  }

  /// Condemned objects in one manifest, so that it stays small.
  private static let condemnedMax = 1000

  func delete(_ ids: [UniqueID], _ report: inout Report) async throws(ObjectStoreError) {
    guard !ids.isEmpty else { return }
    _ = try await store.delete(ids.map { keys.segment($0) })
    report.deletedSegments += ids.count
  }

  // MARK: Deleted collections

  /// Deletes everything of a collection whose last manifest is G old, but for its manifests: those are emptied, the
  /// last one stays as it is.
  /// - Returns: Whether nothing else is left.
  func collectDeleted(
    _ final: Manifest, _ manifests: Manifests, _ report: inout Report
  ) async throws(ObjectStoreError) -> Bool {
    guard let newest = manifests.whole.first, newest.number == final.number, final.isFinal else {
      return false
    }
    guard newest.age >= patience else {
      report.expect(in: patience - newest.age)
      return false
    }
    try await deleteEntries(upTo: final.position, &report)
    if let segments = try await listSegments() {
      for start in stride(from: 0, to: segments.count, by: Self.pageSize) {
        let batch = segments[start..<min(start + Self.pageSize, segments.count)]
        try await delete(batch.map(\.id), &report)
      }
    }
    for item in manifests.whole.dropFirst() {
      _ = try await store.put(keys.manifest(item.number), [])
      report.emptiedManifests += 1
    }
    if !rules.contains(.keepsFinalManifests) {
      _ = try await store.delete(manifests.whole.map { keys.manifest($0.number) })
    }
    return !report.isUnfinished
  }
}
