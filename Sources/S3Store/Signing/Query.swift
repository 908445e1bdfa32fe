/// The query of a request, in the order that SigV4 wants.
package struct Query: Sendable {
  private let items: [(name: String, value: String)]

  package init(_ items: [(name: String, value: String)]) {
    self.items =
      items
      .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
      .sorted { a, b in
        a.0 == b.0
          ? a.1.utf8.lexicographicallyPrecedes(b.1.utf8)
          : a.0.utf8.lexicographicallyPrecedes(b.0.utf8)
      }
  }

  /// `list-type=2&prefix=a%2Fb`, as it is signed: a name without a value is `delete=`.
  package var canonical: String { items.map { "\($0.name)=\($0.value)" }.joined(separator: "&") }

  /// As it stands in the URL, from its question mark on: a name without a value is `delete`. Empty if
  /// there is none.
  package var inURL: String {
    guard !items.isEmpty else { return "" }
    let parts = items.map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }
    return "?" + parts.joined(separator: "&")
  }
}
