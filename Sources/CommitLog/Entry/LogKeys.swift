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

  private static func digits(_ number: UInt64) -> String {
    let text = String(number)
    return String(repeating: "0", count: 20 - text.count) + text
  }
}
