/// What was written and deleted beside the log, by the bucket's journal.
package struct MaintenanceActivity: Sendable, Hashable, CustomStringConvertible {
  package var manifests = 0
  package var emptiedManifests = 0
  package var segments = 0
  package var deletedSegments = 0
  package var deletedEntries = 0

  init(_ bucket: SimulatedBucket) {
    for entry in bucket.journal {
      let isDeletion = entry.kind == .delete
      if entry.key.contains("/manifest/") {
        if entry.kind == .put { emptiedManifests += 1 } else { manifests += 1 }
      } else if entry.key.contains("/segments/") {
        if isDeletion { deletedSegments += 1 } else { segments += 1 }
      } else if entry.key.contains("/log/"), isDeletion {
        deletedEntries += 1
      }
    }
  }

  package init() {}

  package static func += (a: inout MaintenanceActivity, b: MaintenanceActivity) {
    a.manifests += b.manifests
    a.emptiedManifests += b.emptiedManifests
    a.segments += b.segments
    a.deletedSegments += b.deletedSegments
    a.deletedEntries += b.deletedEntries
  }

  /// Objects written or deleted.
  package var writes: Int {
    manifests + emptiedManifests + segments + deletedSegments + deletedEntries
  }

  package var description: String {
    "\(manifests) manifests, \(emptiedManifests) emptied; \(segments) segments, \(deletedSegments) deleted; "
      + "\(deletedEntries) entries deleted"
  }
}
