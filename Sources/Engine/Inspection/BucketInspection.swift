import CommitLog
import HashTreeCollections
import Model
package import ObjectStore
import Segments

/// Walks a bucket, reading only: counts what is there, and proves that it fits together.
///
/// Servers may use the bucket meanwhile: what seems to be missing is looked for once more on the newest manifest.
package struct BucketInspection: Sendable {
  let store: any ObjectStore
  let prefix: String
  /// Every byte is read and checked; otherwise only what counting takes.
  let isThorough: Bool
  /// What should have been deleted is reported when it is late by more than this.
  let slack: Duration
  /// `MaintenanceConfiguration.orphanInterval` of the servers.
  let orphanInterval: Duration

  package init(
    store: any ObjectStore, prefix: String, isThorough: Bool, slack: Duration = .seconds(3600),
    orphanInterval: Duration = MaintenanceConfiguration().orphanInterval
  ) {
    self.store = store
    self.prefix = prefix
    self.isThorough = isThorough
    self.slack = slack
    self.orphanInterval = orphanInterval
  }

  package func run() async throws(ObjectStoreError) -> InspectionReport {
    var report = InspectionReport()
    do {
      guard let header = try await BucketHeader.find(on: store, prefix: prefix, grace: nil) else {
        report.problems.append("\(prefix)apus.json is missing: is this the right prefix?")
        return report
      }
      report.grace = header.grace
    } catch let error as ObjectStoreError {
      throw error
    } catch {
      report.problems.append("\(error)")
      return report
    }
    guard let catalog = try await readCatalog(&report.problems) else { return report }
    report.catalog = try await count(catalogKeys, catalog.collections.count, .zero)
    let bound = isThorough ? (report.grace ?? .zero) + slack : nil
    for id in catalog.collections.keys.sorted() {
      var collection = try await inspect(id, bound, &report.problems)
      let entry = catalog.collections[id]
      collection.name = entry?.definition.name
      collection.tenant = entry?.tenant
      collection.database = entry?.database
      report.collections.append(collection)
    }
    for id in catalog.dying.union(catalog.buried).sorted() {
      report.collections.append(
        try await inspect(id, isDeleted: true, bound, &report.problems))
    }
    try await inspectForgotten(catalog, &report)
    return report
  }

  private var catalogKeys: LogKeys { LogKeys(prefix: "\(prefix)catalog/") }

  /// - Returns: Nil where it cannot be used.
  private func readCatalog(
    _ problems: inout [String]
  ) async throws(ObjectStoreError) -> CatalogState? {
    let walk = LogWalk<CatalogState>(
      store: store, keys: catalogKeys, initial: CatalogState(), opener: ())
    do throws(LogWalkFailure) {
      return try await walk.run().state
    } catch {
      if case .store(let problem) = error { throw problem }
      problems.append("the catalog cannot be used: \(error)")
      return nil
    }
  }

  // MARK: Forgotten collections

  /// Counts what is below ids that the catalog does not know, and reports what should not be there any more.
  private func inspectForgotten(
    _ catalog: CatalogState, _ report: inout InspectionReport
  ) async throws(ObjectStoreError) {
    let folders = CollectionFolders(store: store, prefix: prefix)
    var page = CollectionFolders.Page()
    var ids: Set<UniqueID> = []
    var withMore: Set<UniqueID> = []
    repeat {
      page = try await folders.look(
        from: page.next, requestsMax: 1000, passingOver: { catalog.knows($0) })
      ids.formUnion(page.ids)
      withMore.formUnion(page.withMore)
    } while page.next != nil
    // A collection that was made since the catalog was read is in it now.
    guard !ids.isEmpty, let newest = try await readCatalog(&report.problems) else { return }
    report.forgotten.collections = ids.count { !newest.knows($0) }
    let grace = report.grace ?? .zero
    let bound =
      grace + CollectorOfOrphans.pauseMax(grace: grace, interval: orphanInterval) + slack
    for id in withMore.sorted() where !newest.knows(id) {
      let keys = folders.keys(of: id)
      var late: [String] = []
      try await forEachObject(keys.prefix) { item, age in
        guard !item.key.hasPrefix(keys.manifestPrefix) else { return }
        report.forgotten.orphans += 1
        report.forgotten.orphanBytes += item.size
        if isThorough, let age, age > bound { late.append(item.key) }
      }
      for key in late {
        report.problems.append(
          "object \(key) belongs to no collection of the catalog and should have been deleted")
      }
    }
  }

  // MARK: One collection

  private func inspect(
    _ id: UniqueID, isDeleted: Bool = false, _ bound: Duration?, _ problems: inout [String]
  ) async throws(ObjectStoreError) -> InspectionReport.Collection {
    let keys = LogKeys(prefix: "\(prefix)collections/\(id)/")
    var attempts = 0
    while true {
      let cache = SegmentCache(
        store: store, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
      let walk = LogWalk<CollectionState>(
        store: store, keys: keys, initial: CollectionState(id: id),
        opener: CollectionOpener(id: id, keys: keys, store: store, cache: cache))
      do throws(LogWalkFailure) {
        let found = try await walk.run()
        if isThorough { try await verify(found.state, id, &problems) }
        if let bound { try await findGarbage(keys, isDeleted: isDeleted, bound, &problems) }
        return try await counted(keys, found.state.count, id)
      } catch {
        attempts += 1
        // A server may have replaced, between two requests, what was being read.
        if attempts < Self.attemptsMax, error.mayBeOutdated { continue }
        if case .store(let problem) = error { throw problem }
        problems.append("collection \(id): \(error)")
        return try await count(keys, 0, id)
      }
    }
  }

  private static let attemptsMax = 3

  /// Every block of every segment, every record's checksum, and their sum.
  private func verify(
    _ state: CollectionState, _ id: UniqueID, _ problems: inout [String]
  ) async throws(LogWalkFailure) {
    do throws(SegmentError) {
      var sum: UInt64 = 0
      for part in state.segments {
        try await part.segment.verify()
        for row in part.live { sum &+= part.segment.checksum(row) }
      }
      for row in state.tail.liveRows { sum &+= state.tail.record(row)?.checksum ?? 0 }
      if sum != state.liveChecksum {
        problems.append(
          "collection \(id): its records add up to checksum \(sum), not \(state.liveChecksum)")
      }
    } catch {
      switch error {
      case .missing(let key): throw .missing(key: key)
      case .store(let problem): throw .store(problem)
      default: problems.append("\(error)")
      }
    }
  }

  /// What should be gone, and is older than the bound: entries covered by a manifest that is older too, and segments
  /// that no manifest names any more.
  private func findGarbage(
    _ keys: LogKeys, isDeleted: Bool, _ bound: Duration, _ problems: inout [String]
  ) async throws(LogWalkFailure) {
    var named: Set<UniqueID> = []
    var coveredTo: UInt64 = 0
    // What none of the manifests names has been needed by nothing for at least as long as the oldest is old.
    var unneededFor: Duration?
    var old: [String] = []
    do throws(ObjectStoreError) {
      var manifests: [(number: UInt64, age: Duration?)] = []
      try await forEachObject(keys.manifestPrefix) { item, age in
        guard item.size > 0, let number = keys.manifestNumber(of: item.key) else { return }
        manifests.append((number, age))
      }
      for manifest in manifests {
        let key = keys.manifest(manifest.number)
        guard let object = try await store.find(key),
          let read = try? ManifestCodec.decode(object.body, number: manifest.number, key: key)
        else { continue }
        // Of a deleted collection nothing goes before its last manifest is old enough.
        if isDeleted, !read.isFinal { continue }
        if let age = manifest.age { unneededFor = max(unneededFor ?? age, age) }
        let payload = try? ManifestPayload(encoded: read.payload)
        named.formUnion(payload?.names ?? [])
        if let age = manifest.age, age > bound { coveredTo = max(coveredTo, read.position) }
      }
      try await forEachObject(keys.entryPrefix) { item, age in
        // One that a late writer created anew in a slot that was deleted is as old as that.
        guard let number = keys.entryNumber(of: item.key), number <= coveredTo, let age, age > bound
        else { return }
        old.append(item.key)
      }
      try await forEachObject(keys.segmentPrefix) { item, age in
        guard let id = keys.segmentID(of: item.key), !named.contains(id), let age, age > bound,
          let unneededFor, unneededFor > bound, !isDeleted
        else { return }
        old.append(item.key)
      }
    } catch {
      throw .store(error)
    }
    for key in old {
      problems.append("object \(key) is needed by nothing and should have been deleted")
    }
  }

  // MARK: Counting

  private func counted(
    _ keys: LogKeys, _ records: Int, _ id: UniqueID
  ) async throws(LogWalkFailure) -> InspectionReport.Collection {
    do throws(ObjectStoreError) {
      return try await count(keys, records, id)
    } catch {
      throw .store(error)
    }
  }

  private func count(
    _ keys: LogKeys, _ records: Int, _ id: UniqueID
  ) async throws(ObjectStoreError) -> InspectionReport.Collection {
    var collection = InspectionReport.Collection(id: id)
    collection.records = records
    try await forEachObject(keys.entryPrefix) { item, age in
      collection.entries += 1
      collection.entryBytes += item.size
      collection.note(age)
    }
    try await forEachObject(keys.manifestPrefix) { item, _ in
      if item.size == 0 { collection.emptiedManifests += 1 } else { collection.manifests += 1 }
    }
    try await forEachObject(keys.segmentPrefix) { item, age in
      collection.segments += 1
      collection.segmentBytes += item.size
      collection.note(age)
    }
    return collection
  }

  private func forEachObject(
    _ prefix: String, _ body: (ListAnswer.Item, Duration?) -> Void
  ) async throws(ObjectStoreError) {
    var startAfter: String?
    while true {
      let page = try await store.list(prefix: prefix, startAfter: startAfter, maxKeys: 1000)
      for item in page.items {
        let age = page.date.flatMap { date in item.lastModified.map { date.since($0) } }
        body(item, age)
      }
      guard page.isTruncated, let last = page.items.last?.key else { return }
      startAfter = last
    }
  }
}

extension InspectionReport.Collection {
  fileprivate mutating func note(_ age: Duration?) {
    guard let age else { return }
    oldestAge = max(oldestAge ?? age, age)
  }
}
