package import CommitLog
import HashTreeCollections
import Model
package import ObjectStore

/// Deletes what was written into collections after the catalog had forgotten them: by servers that had slept
/// through their deletion. Nothing lists those folders otherwise.
package struct CollectorOfOrphans: Sendable {
  let store: any ObjectStore
  /// G, the bucket's.
  let grace: Duration
  let rules: SafetyRules
  let folders: CollectionFolders

  package init(
    store: any ObjectStore, prefix: String, grace: Duration, rules: SafetyRules = .all
  ) {
    self.store = store
    self.grace = grace
    self.rules = rules
    folders = CollectionFolders(store: store, prefix: prefix)
  }

  /// Time from the beginning of one walk to that of the next, at most: `orphanInterval` or G, and a quarter.
  package static func pauseMax(grace: Duration, interval: Duration) -> Duration {
    max(grace, interval) * 1.25
  }

  /// Requests of one step, so that others have the bucket meanwhile.
  static let requestsMax = 1000

  /// One step of a walk through all folders, from where the step before ended (nil: from the beginning). Gives what was
  /// done, and where to go on (nil: that was all).
  ///
  /// `known` may be outdated and only saves looking. `catalog` gives the bucket's newest catalog (nil where this server
  /// may not collect), and is asked after the folders were: a collection is in the catalog before anything is in its
  /// folder, so that what is in a folder and not in that catalog was there and has been forgotten.
  package func collect(
    from start: String?, known: CatalogState,
    catalog: () async throws(CollectorError) -> CatalogState?
  ) async throws(CollectorError) -> (report: CollectorReport, next: String?) {
    let page: CollectionFolders.Page
    do throws(ObjectStoreError) {
      page = try await folders.look(
        from: start, requestsMax: Self.requestsMax, passingOver: { known.knows($0) })
    } catch {
      throw .store(error)
    }
    var report = CollectorReport()
    guard !page.withMore.isEmpty, let newest = try await catalog() else {
      return (report, page.next)
    }
    for id in page.withMore where !newest.knows(id) {
      let collector = Collector(
        store: store, keys: folders.keys(of: id), grace: grace, rules: rules, names: nil)
      report.add(try await collector.collectForgotten())
    }
    return (report, page.next)
  }
}

extension CatalogState {
  /// Whether the collection is there, or was deleted and is not forgotten yet.
  func knows(_ id: UniqueID) -> Bool {
    collections[id] != nil || dying.contains(id) || buried.contains(id)
  }
}

extension CollectorReport {
  fileprivate mutating func add(_ other: CollectorReport) {
    deletedOrphans += other.deletedOrphans
    if let due = other.nextDue { expect(in: due) }
  }
}
