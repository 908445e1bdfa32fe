import CommitLog
import Model
import ObjectStore

extension Collector {
  /// The manifests of a log that were not emptied, newest first.
  struct Manifests: Sendable {
    struct Item: Sendable {
      let number: UInt64
      let age: Duration
    }

    var whole: [Item] = []
    /// The newest that is at least G old: what it covers, and what it does without, can go.
    var covering: Item?
  }

  /// - Returns: Nil where the store tells no dates.
  func listManifests() async throws(CollectorError) -> Manifests? {
    var manifests = Manifests()
    var startAfter: String?
    while true {
      let page = try await list(keys.manifestPrefix, after: startAfter)
      guard let date = page.date else { return nil }
      var hasWhole = false
      for item in page.items {
        guard let number = keys.manifestNumber(of: item.key), item.size > 0 else { continue }
        guard let lastModified = item.lastModified else { return nil }
        hasWhole = true
        manifests.whole.append(.init(number: number, age: date.since(lastModified)))
      }
      // They are emptied from the oldest on: behind a page of emptied ones there is nothing else.
      guard page.isTruncated, hasWhole, let last = page.items.last else { break }
      startAfter = last.key
    }
    manifests.covering = manifests.whole.first { $0.age >= patience }
    return manifests
  }

  /// Empties the manifests that are older than `number`: their numbers stay taken for ever (S4).
  ///
  /// The oldest first, so that a cycle that ends halfway leaves no whole one behind emptied ones.
  func empty(
    _ manifests: Manifests, before number: UInt64, _ report: inout CollectorReport
  ) async throws(CollectorError) {
    for item in manifests.whole.reversed() where item.number < number {
      let key = keys.manifest(item.number)
      let emptied = rules.contains(.emptiesManifests)
      try await asking { () async throws(ObjectStoreError) in
        _ = if emptied { try await store.put(key, []) } else { try await store.delete(key) }
      }
      report.emptiedManifests += 1
    }
  }

  /// What the manifests from `covering` up to the newest say, by way of the memory.
  /// - Returns: Nil where another server has emptied one meanwhile.
  func contents(
    of manifests: Manifests, from covering: UInt64, newest: Manifest,
    _ memory: inout CollectorMemory
  ) async throws(CollectorError) -> (position: UInt64, named: Set<UniqueID>)? {
    memory.contents = memory.contents.filter { $0.key >= covering }
    var named: Set<UniqueID> = []
    for item in manifests.whole where item.number >= covering {
      if memory.contents[item.number] == nil {
        let manifest =
          item.number == newest.number ? newest : try await readManifest(item.number)
        guard let manifest else { return nil }
        memory.contents[item.number] = try contents(of: manifest)
      }
      named.formUnion(memory.contents[item.number]?.names ?? [])
    }
    guard let position = memory.contents[covering]?.position else { return nil }
    return (position, named)
  }

  private func contents(
    of manifest: Manifest
  ) throws(CollectorError) -> CollectorMemory.Contents {
    do throws(BinaryError) {
      let names = try names?(manifest) ?? []
      return .init(position: manifest.position, names: Set(names))
    } catch {
      throw .unreadable(
        "object \(keys.manifest(manifest.number)) is damaged: \(error.message)")
    }
  }

  /// - Returns: Nil where it is not there, or was emptied.
  func readManifest(_ number: UInt64) async throws(CollectorError) -> Manifest? {
    let key = keys.manifest(number)
    let object = try await asking { () async throws(ObjectStoreError) in
      try await store.find(key)
    }
    guard let object else { return nil }
    do throws(LogObjectError) {
      return try ManifestCodec.decode(object.body, number: number, key: key)
    } catch {
      throw .unreadable(error.description)
    }
  }

  // MARK: Requests

  func list(_ prefix: String, after key: String?) async throws(CollectorError) -> ListAnswer {
    try await asking { () async throws(ObjectStoreError) in
      try await store.list(prefix: prefix, startAfter: key, maxKeys: limits.pageSize)
    }
  }

  func delete(_ keys: [String]) async throws(CollectorError) {
    for start in stride(from: 0, to: keys.count, by: limits.pageSize) {
      let batch = Array(keys[start..<min(start + limits.pageSize, keys.count)])
      try await asking { () async throws(ObjectStoreError) in _ = try await store.delete(batch) }
    }
  }

  func asking<Answer>(
    _ request: () async throws(ObjectStoreError) -> Answer
  ) async throws(CollectorError) -> Answer {
    do throws(ObjectStoreError) {
      return try await request()
    } catch {
      throw .store(error)
    }
  }
}
