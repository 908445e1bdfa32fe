/// A pattern as it is written: nodes in one array that name each other by index, so that a deep tree is
/// built, checked and freed without recursion.
struct SyntaxTree {
  var nodes: [SyntaxNode] = []
  var root = 0

  mutating func add(_ kind: SyntaxNode.Kind, _ span: Range<Int>) -> Int {
    nodes.append(SyntaxNode(span: span, kind: kind))
    return nodes.count - 1
  }

  /// Refuses a tree nested deeper than `limit`; the stages that follow recurse over it.
  func checkDepth(limit: Int) throws(RegexFailure) {
    var stack = [(node: root, depth: 0)]
    while let (index, outer) = stack.popLast() {
      let node = nodes[index]
      let depth = node.kind.isNested ? outer + 1 : outer
      guard depth <= limit else { throw RegexFailure(.nestLimitExceeded(limit), node.span) }
      for child in node.kind.children.reversed() { stack.append((child, depth)) }
    }
  }
}

struct SyntaxNode {
  /// In Unicode scalars of the pattern.
  let span: Range<Int>
  let kind: Kind

  enum Kind {
    case empty
    case flags(FlagChange)
    case literal(SyntaxLiteral)
    case dot
    case assertion(AssertionSyntax)
    case perl(PerlClass, negated: Bool)
    case property(PropertyQuery, negated: Bool)
    case bracketed(set: Int, negated: Bool)
    /// `isLazy`: written with `?` behind it, which the flag `U` turns round.
    case repetition(Int, min: UInt32, max: UInt32?, isLazy: Bool)
    /// `flags` is nil for one that captures.
    case group(Int, flags: FlagChange?)
    case alternation([Int])
    case concatenation([Int])
    // The following and literals, Perl classes and properties stand inside brackets.
    case range(SyntaxLiteral, SyntaxLiteral)
    case posix(PosixClass, negated: Bool)
    case union([Int])
    case setOperation(SetOperation, Int, Int)

    var isNested: Bool {
      switch self {
      case .bracketed, .repetition, .group, .alternation, .concatenation, .union, .setOperation:
        true
      case .empty, .flags, .literal, .dot, .assertion, .perl, .property, .range, .posix: false
      }
    }

    var children: [Int] {
      switch self {
      case .bracketed(let child, _), .repetition(let child, _, _, _), .group(let child, _): [child]
      case .alternation(let children), .concatenation(let children), .union(let children): children
      case .setOperation(_, let left, let right): [left, right]
      case .empty, .flags, .literal, .dot, .assertion, .perl, .property, .range, .posix: []
      }
    }
  }
}

struct SyntaxLiteral {
  let span: Range<Int>
  let scalar: Unicode.Scalar
  /// Written as `\xHH`: where Unicode is switched off that is a byte.
  var isByte = false
}

enum AssertionSyntax {
  case startLine
  case endLine
  case startText
  case endText
  case wordBoundary
  case notWordBoundary
  case wordStart
  case wordEnd
  case wordStartHalf
  case wordEndHalf
}

enum PerlClass {
  case digit
  case space
  case word
}

enum SetOperation {
  case intersection
  case difference
  case symmetricDifference
}

enum PropertyQuery {
  case name(String)
  case value(property: String, String)
}

enum PosixClass: String {
  case alnum
  case alpha
  case ascii
  case blank
  case cntrl
  case digit
  case graph
  case lower
  case print
  case punct
  case space
  case upper
  case word
  case xdigit
}
