/// Reads a pattern in the syntax of Rust's `regex` crate, with an explicit stack of open groups.
///
/// The grammar is the one documented at the crate's page "Syntax"; errors point at the same places.
struct RegexParser {
  static let nestLimit = 250

  let pattern: [Unicode.Scalar]
  var at = 0
  var ignoreWhitespace = false
  var tree = SyntaxTree()

  private var groups: [OpenGroup] = []
  var groupNames: [String: Range<Int>] = [:]

  /// The branch that is being read.
  struct Branch {
    let start: Int
    var nodes: [Int] = []
  }

  private enum OpenGroup {
    case group(outer: Branch, opening: Range<Int>, flags: FlagChange?, ignoreWhitespace: Bool)
    case alternation(start: Int, branches: [Int])
  }

  init(_ pattern: [Unicode.Scalar]) { self.pattern = pattern }

  static func parse(_ pattern: [Unicode.Scalar]) throws(RegexFailure) -> SyntaxTree {
    var parser = RegexParser(pattern)
    try parser.parse()
    try parser.tree.checkDepth(limit: nestLimit)
    return parser.tree
  }

  private mutating func parse() throws(RegexFailure) {
    var branch = Branch(start: at)
    while true {
      skipSpace()
      guard let scalar = current else { break }
      switch scalar {
      case "(": try openGroup(&branch)
      case ")": try closeGroup(&branch)
      case "|":
        endBranch(branch)
        advance()
        branch = Branch(start: at)
      case "[": branch.nodes.append(try parseClass())
      case "?": try parseRepetition(&branch, min: 0, max: 1)
      case "*": try parseRepetition(&branch, min: 0, max: nil)
      case "+": try parseRepetition(&branch, min: 1, max: nil)
      case "{": try parseCountedRepetition(&branch)
      default: branch.nodes.append(add(try parsePrimitive()))
      }
    }
    tree.root = try finish(branch)
  }

  private func parsePrimitiveKind(_ scalar: Unicode.Scalar) -> SyntaxNode.Kind {
    switch scalar {
    case ".": .dot
    case "^": .assertion(.startLine)
    case "$": .assertion(.endLine)
    default: .literal(SyntaxLiteral(span: at..<at + 1, scalar: scalar))
    }
  }

  private mutating func parsePrimitive() throws(RegexFailure) -> SyntaxNode {
    guard let scalar = current, scalar != "\\" else { return try parseEscape() }
    let node = SyntaxNode(span: at..<at + 1, kind: parsePrimitiveKind(scalar))
    advance()
    return node
  }

  // MARK: Groups and branches

  private mutating func openGroup(_ branch: inout Branch) throws(RegexFailure) {
    let opening = at..<at + 1
    switch try parseGroupHead() {
    case .flags(let change):
      branch.nodes.append(tree.add(.flags(change), opening.lowerBound..<at))
      ignoreWhitespace = change.ignoreWhitespace ?? ignoreWhitespace
    case .group(let flags):
      groups.append(
        .group(
          outer: branch, opening: opening, flags: flags, ignoreWhitespace: ignoreWhitespace))
      ignoreWhitespace = flags?.ignoreWhitespace ?? ignoreWhitespace
      branch = Branch(start: at)
    }
  }

  private mutating func closeGroup(_ branch: inout Branch) throws(RegexFailure) {
    var content = node(of: branch)
    if case .alternation(let start, let branches) = groups.last {
      groups.removeLast()
      content = tree.add(.alternation(branches + [content]), start..<at)
    }
    guard case .group(let outer, let opening, let flags, let space) = groups.popLast() else {
      throw RegexFailure(.groupUnopened, at..<at + 1)
    }
    ignoreWhitespace = space
    advance()
    branch = outer
    branch.nodes.append(tree.add(.group(content, flags: flags), opening.lowerBound..<at))
  }

  private mutating func endBranch(_ branch: Branch) {
    let content = node(of: branch)
    if case .alternation(let start, var branches) = groups.last {
      groups.removeLast()
      branches.append(content)
      groups.append(.alternation(start: start, branches: branches))
    } else {
      groups.append(.alternation(start: branch.start, branches: [content]))
    }
  }

  private mutating func finish(_ branch: Branch) throws(RegexFailure) -> Int {
    var content = node(of: branch)
    if case .alternation(let start, let branches) = groups.last {
      groups.removeLast()
      content = tree.add(.alternation(branches + [content]), start..<at)
    }
    if case .group(_, let opening, _, _) = groups.last {
      throw RegexFailure(.groupUnclosed, opening)
    }
    return content
  }

  private mutating func node(of branch: Branch) -> Int {
    switch branch.nodes.count {
    case 0: tree.add(.empty, branch.start..<at)
    case 1: branch.nodes[0]
    default: tree.add(.concatenation(branch.nodes), branch.start..<at)
    }
  }

  mutating func add(_ node: SyntaxNode) -> Int { tree.add(node.kind, node.span) }
}
