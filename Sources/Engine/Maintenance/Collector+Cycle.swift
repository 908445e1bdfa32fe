import CommitLog
import Model
import ObjectStore

extension Collector {
  /// Looks once at everything of the log, and deletes what may go.
  package func collect(
    _ log: some CollectedLog, _ memory: inout CollectorMemory
  ) async throws(CollectorError) -> CollectorReport {
    var report = CollectorReport()
    guard let newest = await log.newestManifest(), !newest.isFinal,
      let manifests = try await listManifests()
    else { return report }
    guard manifests.whole.first?.number == newest.number else {
      // This server does not know the newest manifest yet; what it would condemn by may be outdated.
      report.isUnfinished = true
      return report
    }
    for item in manifests.whole where item.age < patience {
      report.expect(in: patience - item.age)
    }
    guard let covering = manifests.covering else { return report }
    let contents = try await contents(
      of: manifests, from: covering.number, newest: newest, &memory)
    guard let contents else {
      report.isUnfinished = true
      return report
    }
    try await deleteEntries(upTo: contents.position, &report)
    try await empty(manifests, before: covering.number, &report)
    if names != nil {
      try await collectSegments(named: contents.named, newest, log, &report)
    }
    return report
  }

  /// Deletes the entries up to `position`, from the first on.
  func deleteEntries(
    upTo position: UInt64, _ report: inout CollectorReport
  ) async throws(CollectorError) {
    for _ in 0..<limits.entryPagesMax {
      let page = try await list(keys.entryPrefix, after: nil)
      let covered = page.items.map(\.key).filter { key in
        keys.entryNumber(of: key).map { $0 <= position } ?? false
      }
      guard !covered.isEmpty else { return }
      try await delete(covered)
      report.deletedEntries += covered.count
      guard covered.count == page.items.count, page.isTruncated else { return }
    }
    report.isUnfinished = true
  }

  // MARK: Segments

  /// Condemns what no manifest names by which somebody may still read, then deletes it (S5).
  ///
  /// A segment that is about to be named is younger than G, or its publisher finds it condemned.
  private func collectSegments(
    named: Set<UniqueID>, _ newest: Manifest, _ log: some CollectedLog,
    _ report: inout CollectorReport
  ) async throws(CollectorError) {
    guard let segments = try await listSegments() else { return }
    var garbage: [UniqueID] = []
    for segment in segments where !named.contains(segment.id) {
      if segment.age >= patience {
        garbage.append(segment.id)
      } else {
        report.expect(in: patience - segment.age)
      }
    }
    guard !garbage.isEmpty else { return }
    garbage.sort()
    let condemnedMax = condemnedMax(after: newest)
    if garbage.count > condemnedMax {
      // The next cycle condemns the others, by another manifest.
      garbage.removeLast(garbage.count - condemnedMax)
      report.isUnfinished = true
    }
    if rules.contains(.condemnsFirst) {
      let draft = ManifestDraft(
        position: newest.position, entryHash: newest.entryHash, condemned: garbage,
        payload: newest.payload)
      guard await log.publish(draft, after: newest.number) else {
        // Its number is another's, or nobody knows whose: what that one names is not known here.
        report.isUnfinished = true
        return
      }
      // The one before is to be emptied once this one is old enough.
      report.expect(in: patience)
    }
    try await delete(garbage.map { keys.segment($0) })
    report.deletedSegments += garbage.count
  }

  /// As many as fit into a manifest with this payload. One whose payload was written before there was a place left for
  /// them condemns a few all the same, or nothing would ever be deleted.
  private func condemnedMax(after newest: Manifest) -> Int {
    let fitting = ManifestCodec.condemnedMax(
      besidePayload: newest.payload.count, bytesMax: ManifestPayload.bytesMax)
    return min(max(fitting, Self.condemnedMin), limits.condemnedMax)
  }

  private static var condemnedMin: Int { 16 }

  /// The objects of the segments' folder with their ages; nil where the store tells no dates.
  func listSegments() async throws(CollectorError) -> [(id: UniqueID, age: Duration)]? {
    var found: [(id: UniqueID, age: Duration)] = []
    var startAfter: String?
    while true {
      let page = try await list(keys.segmentPrefix, after: startAfter)
      for item in page.items {
        guard let id = keys.segmentID(of: item.key) else { continue }
        guard let date = page.date, let lastModified = item.lastModified else { return nil }
        found.append((id, date.since(lastModified)))
      }
      guard page.isTruncated, let last = page.items.last else { return found }
      startAfter = last.key
    }
  }
}
