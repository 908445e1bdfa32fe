package import ObjectStore

/// Deletes what crashed servers left behind that belongs to no log: uploads in parts that nobody ended, and
/// objects of probes. One look is two requests, for the whole bucket.
package struct CollectorOfLeftovers: Sendable {
  let store: any ObjectStore
  /// Everything of this database begins with it.
  let prefix: String
  /// G, the bucket's.
  let grace: Duration

  package init(store: any ObjectStore, prefix: String, grace: Duration) {
    self.store = store
    self.prefix = prefix
    self.grace = grace
  }

  /// No probe takes so long, whatever G is.
  static let probeTimeMax = Duration.seconds(3600)
  private static let pagesMax = 20

  package func collect() async throws(ObjectStoreError) -> CollectorReport {
    var report = CollectorReport()
    try await deleteProbes(&report)
    do throws(ObjectStoreError) {
      try await abortUploads(&report)
    } catch {
      // Not every store lists them, and not every key may.
      guard error.code == .invalidRequest || error.code == .accessDenied else { throw error }
    }
    return report
  }

  /// Gives up uploads that are at least G old. A writer that is that slow starts anew.
  private func abortUploads(_ report: inout CollectorReport) async throws(ObjectStoreError) {
    for _ in 0..<Self.pagesMax {
      let uploads = try await store.listUploads(prefix: prefix)
      guard let date = uploads.date else { return }
      var aborted = 0
      for upload in uploads.items {
        guard let initiated = upload.initiated else { continue }
        let age = date.since(initiated)
        guard age >= grace else {
          report.expect(in: grace - age)
          continue
        }
        try await store.abortUpload(upload.key, id: upload.id)
        aborted += 1
      }
      report.abortedUploads += aborted
      // The rest is listed once these are gone.
      guard uploads.isTruncated, aborted > 0 else { return }
    }
    report.isUnfinished = true
  }

  private func deleteProbes(_ report: inout CollectorReport) async throws(ObjectStoreError) {
    let ageMin = max(grace, Self.probeTimeMax)
    var startAfter: String?
    for _ in 0..<Self.pagesMax {
      let page = try await store.list(
        prefix: "\(prefix)probe/", startAfter: startAfter, maxKeys: 1000)
      var old: [String] = []
      for item in page.items {
        guard let date = page.date, let lastModified = item.lastModified else { return }
        let age = date.since(lastModified)
        if age >= ageMin { old.append(item.key) } else { report.expect(in: ageMin - age) }
      }
      if !old.isEmpty { _ = try await store.delete(old) }
      report.deletedProbeObjects += old.count
      guard page.isTruncated, let last = page.items.last else { return }
      startAfter = last.key
    }
    report.isUnfinished = true
  }
}
