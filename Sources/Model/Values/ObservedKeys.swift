/// Which metadata keys with which types there are.
///
/// Most records have the same keys in the same order: what comes is compared with what came next when all were new, and
/// looked up only where it is something else.
package struct ObservedKeys: Sendable {
  /// All of them, in the order in which they came.
  private var order: [ObservedKey] = []
  private var places: [ObservedKey: Int] = [:]
  /// The place of what is expected next.
  private var next = 0

  package init(_ keys: Set<ObservedKey> = []) { formUnion(keys) }

  package var keys: Set<ObservedKey> { Set(order) }

  /// Adds a key with a type, if it does not begin with `chroma:`.
  package mutating func insert(_ key: Text, _ type: MetadataType) {
    if next < order.count, order[next].type == type, order[next].key == key {
      next = next + 1 < order.count ? next + 1 : 0
    } else {
      insertUnexpected(ObservedKey(key: key, type: type))
    }
  }

  package mutating func formUnion(_ others: some Sequence<ObservedKey>) {
    for other in others where places[other] == nil { append(other) }
  }

  private mutating func insertUnexpected(_ observed: ObservedKey) {
    guard !observed.key.hasPrefix("chroma:") else { return }
    if let place = places[observed] {
      next = (place + 1) % order.count
    } else {
      append(observed)
      next = 0
    }
  }

  private mutating func append(_ observed: ObservedKey) {
    places[observed] = order.count
    order.append(observed)
  }
}
