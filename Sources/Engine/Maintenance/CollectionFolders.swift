import CommitLog
import Model
import ObjectStore

/// Walks the folders of all collections that ever were, with one LIST of one key for each.
struct CollectionFolders: Sendable {
  let store: any ObjectStore
  /// Everything of this database begins with it.
  let prefix: String

  struct Page: Sendable {
    /// Collections that were not passed over, ascending.
    var ids: [UniqueID] = []
    /// Those of them that have more than manifests.
    var withMore: [UniqueID] = []
    /// Where to go on; nil at the end.
    var next: String?
  }

  func keys(of id: UniqueID) -> LogKeys { LogKeys(prefix: "\(prefix)collections/\(id)/") }

  /// Looks into folders by at most `requestsMax` requests, but into those of collections that are passed over.
  func look(
    from start: String?, requestsMax: Int, passingOver isPassedOver: (UniqueID) -> Bool
  ) async throws(ObjectStoreError) -> Page {
    let root = "\(prefix)collections/"
    var page = Page(next: start)
    for _ in 0..<requestsMax {
      let answer = try await store.list(prefix: root, startAfter: page.next, maxKeys: 1)
      guard let key = answer.items.first?.key, key.hasPrefix(root) else {
        page.next = nil
        return page
      }
      let folder = String(key.dropFirst(root.count).prefix { $0 != "/" })
      // "0" comes after "/": behind everything in the folder.
      let behind = "\(root)\(folder)0"
      guard key.dropFirst(root.count).contains("/") else {
        page.next = key
        continue
      }
      page.next = behind
      guard let id = UniqueID(folder), "\(id)" == folder, !isPassedOver(id) else { continue }
      if page.ids.last != id { page.ids.append(id) }
      let manifests = keys(of: id).manifestPrefix
      if key.hasPrefix(manifests) {
        // Nothing comes before the manifests; what comes after them, or the next folder, is asked for next.
        page.next = "\(manifests.dropLast())0"
      } else {
        page.withMore.append(id)
      }
    }
    return page
  }
}
