/// Which metadata keys with which types there are, without those that begin with `chroma:`.
///
/// Most records have the keys of the one before, in the same order: what comes is compared with what came after the key
/// before it, and looked up only where it is something else.
package struct ObservedKeys: Sendable {
  package private(set) var keys: Set<ObservedKey>
  /// Some of them, in the order in which they came.
  private var cycle: [ObservedKey] = []
  /// The place in `cycle` of what is expected next.
  private var next = 0

  package init(_ keys: Set<ObservedKey> = []) { self.keys = keys }

  package mutating func insert(_ key: Text, _ type: MetadataType) {
    if next < cycle.count, cycle[next].type == type, cycle[next].key == key {
      next = next + 1 < cycle.count ? next + 1 : 0
    } else {
      insertUnexpected(ObservedKey(key: key, type: type))
    }
  }

  package mutating func formUnion(_ others: some Sequence<ObservedKey>) {
    keys.formUnion(others)
  }

  private mutating func insertUnexpected(_ observed: ObservedKey) {
    guard !observed.key.hasPrefix("chroma:") else { return }
    if let place = cycle.firstIndex(of: observed) {
      next = (place + 1) % cycle.count
      return
    }
    keys.insert(observed)
    guard cycle.count < Self.cycleMax else { return }
    cycle.append(observed)
    next = 0
  }

  private static let cycleMax = 16
}
