package import Model

/// A filter made ready to be tested against many records.
///
/// The tree is flattened into a decision graph: each node is one test and names the node that follows when
/// it holds and when it fails. Testing a record walks that graph once, without recursion; the tests that
/// read a document stand behind those that read only metadata, wherever the order is free.
package struct CompiledFilter: Sendable {
  /// Whether the filter reads the document; where it does not, `matches` may be given nil for it.
  package private(set) var readsDocument = false
  /// Whether the filter reads the uri.
  package private(set) var readsURI = false
  /// Whether the filter reads any key of the metadata.
  package private(set) var readsMetadata = false

  /// Tests that a record may have to go through: what `matches` costs, but for the documents it reads.
  package var testCount: Int { nodes.count }

  private struct Node: Sendable {
    let test: FilterTest
    let negated: Bool
    let next: Int
    let otherwise: Int
  }

  private enum Verdict {
    static let holds = -1
    static let fails = -2
  }

  /// The same as a tree, for evaluation on sets of rows.
  let tree: Tree
  private var nodes: [Node] = []
  private var entry = Verdict.holds

  /// Compiles the filter and every pattern in it; throws for the first pattern that is not well-formed.
  ///
  /// Recurses as deep as the filter is nested, which the reader of requests bounds.
  package init(_ filter: Filter) throws(RegexSyntaxError) {
    tree = try Self.tree(filter)
    entry = try add(filter, next: Verdict.holds, otherwise: Verdict.fails)
  }

  /// Whether a record with this metadata, document and uri fulfils the filter.
  package func matches(metadata: Metadata, document: Text?, uri: Text?) -> Bool {
    var at = entry
    nodes.withUnsafeBufferPointer { nodes in
      while at >= 0 {
        let result = nodes[at].test.holds(metadata: metadata, document: document, uri: uri)
        at = result != nodes[at].negated ? nodes[at].next : nodes[at].otherwise
      }
    }
    return at == Verdict.holds
  }

  /// Adds the tests of `filter` and returns the one to begin with.
  private mutating func add(
    _ filter: Filter, next: Int, otherwise: Int
  ) throws(RegexSyntaxError) -> Int {
    switch filter {
    case .all(let parts):
      var first = next
      for part in Self.cheapestFirst(parts).reversed() {
        first = try add(part, next: first, otherwise: otherwise)
      }
      return first
    case .any(let parts):
      var first = otherwise
      for part in Self.cheapestFirst(parts).reversed() {
        first = try add(part, next: next, otherwise: first)
      }
      return first
    case .compare(let key, let comparison):
      let (condition, negated) = ScalarCondition.make(comparison)
      let source = FilterTest.Source(key: key)
      note(source)
      return add(.scalar(source, condition), negated, next, otherwise)
    case .listContains(let key, let element, let negated):
      readsMetadata = true
      return add(.list(key: key, element: element), negated, next, otherwise)
    case .documentContains(let text, let negated):
      readsDocument = true
      return add(.contains(text), negated, next, otherwise)
    case .documentMatches(let pattern, let negated):
      readsDocument = true
      return add(.regex(try RegularExpression(pattern)), negated, next, otherwise)
    }
  }

  private static func tree(_ filter: Filter) throws(RegexSyntaxError) -> Tree {
    switch filter {
    case .all(let parts): return .all(try trees(parts))
    case .any(let parts): return .any(try trees(parts))
    case .compare(let key, let comparison):
      let (condition, negated) = ScalarCondition.make(comparison)
      return .test(.scalar(FilterTest.Source(key: key), condition), negated: negated)
    case .listContains(let key, let element, let negated):
      return .test(.list(key: key, element: element), negated: negated)
    case .documentContains(let text, let negated):
      return .test(.contains(text), negated: negated)
    case .documentMatches(let pattern, let negated):
      return .test(.regex(try RegularExpression(pattern)), negated: negated)
    }
  }

  private static func trees(_ parts: [Filter]) throws(RegexSyntaxError) -> [Tree] {
    var trees: [Tree] = []
    for part in cheapestFirst(parts) { trees.append(try tree(part)) }
    return trees
  }

  private mutating func add(
    _ test: FilterTest, _ negated: Bool, _ next: Int, _ otherwise: Int
  ) -> Int {
    nodes.append(Node(test: test, negated: negated, next: next, otherwise: otherwise))
    return nodes.count - 1
  }

  private mutating func note(_ source: FilterTest.Source) {
    switch source {
    case .document: readsDocument = true
    case .uri:
      readsURI = true
      readsMetadata = true
    case .metadata: readsMetadata = true
    }
  }

  /// The parts by rising cost; equal ones stay in the order of the request.
  private static func cheapestFirst(_ parts: [Filter]) -> [Filter] {
    guard parts.count > 1 else { return parts }
    return parts.map { (cost: cost(of: $0), part: $0) }
      .enumerated()
      .sorted { ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset) }
      .map(\.element.part)
  }

  /// How dear a test is: by the dearest of its parts.
  private static func cost(of filter: Filter) -> Int {
    switch filter {
    case .all(let parts), .any(let parts): parts.map(cost(of:)).max() ?? 0
    case .compare, .listContains: 1
    case .documentContains: 2
    case .documentMatches: 3
    }
  }
}
