/// Key-value pairs, sorted by key and without duplicate keys.
package struct Metadata: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let key: Text
    package var value: MetadataValue

    package init(key: Text, value: MetadataValue) {
      self.key = key
      self.value = value
    }
  }

  package private(set) var entries: [Entry]

  package init() { entries = [] }

  /// Where a key comes twice the later value stays.
  package init(_ pairs: some Sequence<(Text, MetadataValue)>) {
    entries = []
    merge(MetadataChange(pairs.map { MetadataChange.Entry(key: $0, value: $1) }))
  }

  /// Where a key comes twice the later value stays.
  init(_ entries: [Entry]) {
    let isAscending = zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key }
    self.entries = isAscending ? entries : []
    if !isAscending {
      merge(MetadataChange(entries.map { MetadataChange.Entry(key: $0.key, value: $0.value) }))
    }
  }

  /// Under which Chroma keeps a record's URI. Here it has what is there and no URI: no string.
  package static let uriKey: Text = "chroma:uri"

  package var isEmpty: Bool { entries.isEmpty }
  package var count: Int { entries.count }

  package subscript(key: Text) -> MetadataValue? {
    get {
      let at = position(of: key)
      guard at < entries.count, entries[at].key == key else { return nil }
      return entries[at].value
    }
    set {
      let at = position(of: key)
      let found = at < entries.count && entries[at].key == key
      switch (newValue, found) {
      case (.some(let value), true): entries[at].value = value
      case (.some(let value), false): entries.insert(Entry(key: key, value: value), at: at)
      case (.none, true): entries.remove(at: at)
      case (.none, false): break
      }
    }
  }

  /// Sets and removes keys as the change says, and leaves the others; where a key comes twice its last entry
  /// counts. Takes n log n steps at most, however the keys lie: a request may bring hundreds of thousands.
  package mutating func merge(_ change: MetadataChange) {
    let changed = change.sortedEntries
    if entries.isEmpty {
      entries = changed.compactMap { entry in
        entry.value.map { Entry(key: entry.key, value: $0) }
      }
      return
    }
    var merged: [Entry] = []
    merged.reserveCapacity(entries.count + changed.count)
    var rest = entries[...]
    for entry in changed {
      while let next = rest.first, next.key < entry.key {
        merged.append(next)
        rest.removeFirst()
      }
      if rest.first?.key == entry.key { rest.removeFirst() }
      if let value = entry.value { merged.append(Entry(key: entry.key, value: value)) }
    }
    merged.append(contentsOf: rest)
    entries = merged
  }

  /// The index of the first entry whose key is not below `key`.
  private func position(of key: Text) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Metadata as a request sends it: a nil value removes its key.
package struct MetadataChange: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let key: Text
    package let value: MetadataValue?

    package init(key: Text, value: MetadataValue?) {
      self.key = key
      self.value = value
    }
  }

  package var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// Ascending by key; of several entries with one key the last.
  fileprivate var sortedEntries: [Entry] {
    let isAscending = zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key }
    guard !isAscending else { return entries }
    let order = entries.indices.sorted { a, b in
      entries[a].key == entries[b].key ? a < b : entries[a].key < entries[b].key
    }
    var sorted: [Entry] = []
    for index in order {
      if sorted.last?.key == entries[index].key { sorted.removeLast() }
      sorted.append(entries[index])
    }
    return sorted
  }
}
