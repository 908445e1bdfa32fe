package import Model

/// The keys of one log and its manifests: the only place that builds them.
package struct LogKeys: Hashable, Sendable {
  /// Everything of this log begins with it; ends in "/".
  package let prefix: String

  package init(prefix: String) { self.prefix = prefix }

  /// The key of entry `number`: 20 digits, so that keys sort as numbers.
  package func entry(_ number: UInt64) -> String {
    "\(prefix)log/\(Self.digits(number))"
  }

  /// The key of manifest `number`: it counts down, so that a LIST names the newest first.
  package func manifest(_ number: UInt64) -> String {
    "\(manifestPrefix)\(Self.digits(UInt64.max - number))"
  }

  package var manifestPrefix: String { "\(prefix)manifest/" }

  package var entryPrefix: String { "\(prefix)log/" }

  /// The key of a segment, or of a deletion vector.
  package func segment(_ id: UniqueID) -> String { "\(segmentPrefix)\(id)" }

  package var segmentPrefix: String { "\(prefix)segments/" }

  /// The number of the entry with this key, nil for any other key.
  package func entryNumber(of key: String) -> UInt64? {
    number(of: key, below: entryPrefix).flatMap { $0 <= Self.numberMax ? $0 : nil }
  }

  /// No number or position comes near it, so that nothing overflows on the way to the next.
  package static let numberMax = UInt64(Int64.max)

  /// The number of the manifest with this key, nil for any other key.
  package func manifestNumber(of key: String) -> UInt64? {
    number(of: key, below: manifestPrefix).map { UInt64.max - $0 }.flatMap {
      (1...Self.numberMax).contains($0) ? $0 : nil
    }
  }

  /// The id of the segment or deletion vector with this key, nil for any other key.
  package func segmentID(of key: String) -> UniqueID? {
    guard key.hasPrefix(segmentPrefix) else { return nil }
    guard let id = UniqueID(String(key.dropFirst(segmentPrefix.count))), segment(id) == key
    else { return nil }
    return id
  }

  private func number(of key: String, below prefix: String) -> UInt64? {
    guard key.hasPrefix(prefix), key.utf8.count == prefix.utf8.count + 20 else { return nil }
    let digits = key.dropFirst(prefix.count)
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(digits)
  }

  private static func digits(_ number: UInt64) -> String {
    let text = String(number)
    return String(repeating: "0", count: 20 - text.count) + text
  }
}
