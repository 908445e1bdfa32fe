/// What a request costs: stores charge for these kinds.
package enum RequestKind: Int, Hashable, Sendable, CaseIterable {
  case get, rangedGet, create, put, list, delete
}

/// What a request was for, by the folder that its key is in.
package enum KeyClass: Int, Hashable, Sendable, CaseIterable {
  case log, manifest, segment, other

  /// The class of a key, or of a prefix that ends with the folder's slash.
  package init(_ key: String) {
    let folder = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .dropLast().last
    switch folder.map({ String(Substring($0)) }) {
    case "log": self = .log
    case "manifest": self = .manifest
    case "segments": self = .segment
    default: self = .other
    }
  }
}

/// How many requests there were of each kind and class. A put in several parts, and a delete of many keys, are
/// one each; the latter counts for the class of its first key.
package struct RequestCounts: Hashable, Sendable {
  private var counts = [Int](
    repeating: 0, count: RequestKind.allCases.count * KeyClass.allCases.count)

  package init() {}

  package subscript(kind: RequestKind, keys: KeyClass) -> Int {
    get { counts[Self.place(kind, keys)] }
    set { counts[Self.place(kind, keys)] = newValue }
  }

  package subscript(kind: RequestKind) -> Int {
    KeyClass.allCases.reduce(0) { $0 &+ self[kind, $1] }
  }

  package subscript(keys: KeyClass) -> Int {
    RequestKind.allCases.reduce(0) { $0 &+ self[$1, keys] }
  }

  package var total: Int { counts.reduce(0, &+) }

  /// What came after `earlier`.
  package func since(_ earlier: RequestCounts) -> RequestCounts {
    var difference = self
    for index in counts.indices { difference.counts[index] &-= earlier.counts[index] }
    return difference
  }

  private static func place(_ kind: RequestKind, _ keys: KeyClass) -> Int {
    kind.rawValue * KeyClass.allCases.count + keys.rawValue
  }
}

extension RequestCounts: CustomStringConvertible {
  /// Such as `create log 3, get segment 1`.
  package var description: String {
    var parts: [String] = []
    for kind in RequestKind.allCases {
      for keys in KeyClass.allCases where self[kind, keys] != 0 {
        parts.append("\(kind) \(keys) \(self[kind, keys])")
      }
    }
    return parts.joined(separator: ", ")
  }
}
