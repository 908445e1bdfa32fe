import CommitLog
import Model
import ObjectStore

extension Collector {
  /// Deletes what servers that slept have put into a collection that the catalog has forgotten, once it is G old.
  ///
  /// Nobody reads it: whoever looks at this log meets its last manifest, which names nothing and covers all. Where
  /// that does not stand nothing is deleted, whatever the catalog says: only with it is a collection ever forgotten.
  /// The manifests stay for ever. They are what a server that sleeps still runs into; and since all numbers up to
  /// the last are taken, and none is created after it, no server can have added one.
  package func collectForgotten() async throws(CollectorError) -> CollectorReport {
    var report = CollectorReport()
    guard let manifests = try await listManifests(), let newest = manifests.whole.first,
      try await lastManifest(among: manifests) != nil
    else { return report }
    guard newest.age >= patience else {
      report.expect(in: patience - newest.age)
      return report
    }
    for folder in [keys.entryPrefix, keys.segmentPrefix] {
      try await deleteOrphans(in: folder, &report)
    }
    return report
  }

  private func deleteOrphans(
    in folder: String, _ report: inout CollectorReport
  ) async throws(CollectorError) {
    var startAfter: String?
    while true {
      let page = try await list(folder, after: startAfter)
      var old: [String] = []
      for item in page.items {
        guard keys.entryNumber(of: item.key) != nil || keys.segmentID(of: item.key) != nil
        else { continue }
        guard let date = page.date, let lastModified = item.lastModified else { return }
        let age = date.since(lastModified)
        if age >= patience { old.append(item.key) } else { report.expect(in: patience - age) }
      }
      try await delete(old)
      report.deletedOrphans += old.count
      guard page.isTruncated, let last = page.items.last else { return }
      startAfter = last.key
    }
  }
}
