import CommitLog
import Model
import ObjectStore

extension Collector {
  /// Deletes everything of a collection whose last manifest is G old, but for its manifests: those are emptied,
  /// and the last one stays whole, so that a server that slept meets it (S4).
  ///
  /// Nothing is condemned: no manifest will ever be created behind the last one that could name anything.
  package func collectDeleted() async throws(CollectorError) -> CollectorReport {
    var report = CollectorReport()
    guard let manifests = try await listManifests(), let newest = manifests.whole.first,
      let final = try await lastManifest(among: manifests)
    else { return report }
    guard newest.age >= patience else {
      report.expect(in: patience - newest.age)
      return report
    }
    try await deleteEntries(upTo: final.position, &report)
    guard let segments = try await listSegments() else { return report }
    try await delete(segments.map { keys.segment($0.id) })
    report.deletedSegments += segments.count
    try await empty(manifests, before: final.number, &report)
    if !rules.contains(.keepsFinalManifests) {
      try await delete(manifests.whole.map { keys.manifest($0.number) })
    }
    report.isGone = !report.isUnfinished
    return report
  }

  /// The manifest with which a deleted collection has ended; nil where there is none that this version may collect
  /// by (S9).
  func lastManifest(among manifests: Manifests) async throws(CollectorError) -> Manifest? {
    guard let newest = manifests.whole.first, let last = try await readManifest(newest.number),
      last.isFinal, last.writerVersion <= ManifestCodec.formatVersion
    else { return nil }
    return last
  }
}
