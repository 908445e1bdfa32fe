extension RegexParser {
  /// The items of a class that is being read.
  private struct Items {
    var span: Range<Int>
    var nodes: [Int] = []
  }

  private enum OpenClass {
    case bracket(outer: Items, opening: Range<Int>, negated: Bool)
    case operation(SetOperation, left: Int)
  }

  /// Reads a class in brackets, with the classes nested in it, and returns its node.
  mutating func parseClass() throws(RegexFailure) -> Int {
    var stack: [OpenClass] = []
    var items = Items(span: at..<at)
    while true {
      skipSpace()
      guard let scalar = current else { throw unclosedClass(stack) }
      switch scalar {
      case "[":
        if !stack.isEmpty, let posix = parsePosixClass() {
          append(posix, to: &items)
        } else {
          let outer = items
          let (opening, negated) = try parseClassOpening(&items)
          stack.append(.bracket(outer: outer, opening: opening, negated: negated))
        }
      case "]":
        let node = closeClass(&stack, &items)
        if stack.isEmpty { return node }
        append(index: node, to: &items)
      case "&" where next == "&": startOperation(.intersection, &stack, &items)
      case "-" where next == "-": startOperation(.difference, &stack, &items)
      case "~" where next == "~": startOperation(.symmetricDifference, &stack, &items)
      default: append(try parseClassRange(stack), to: &items)
      }
    }
  }

  private func unclosedClass(_ stack: [OpenClass]) -> RegexFailure {
    for case .bracket(_, let opening, _) in stack.reversed() {
      return RegexFailure(.classUnclosed, opening)
    }
    return RegexFailure(.classUnclosed, here)
  }

  private mutating func append(_ node: SyntaxNode, to items: inout Items) {
    let index = add(node)
    append(index: index, to: &items)
  }

  private func append(index node: Int, to items: inout Items) {
    let span = tree.nodes[node].span
    let start = items.nodes.isEmpty ? span.lowerBound : items.span.lowerBound
    items.span = start..<max(start, span.upperBound)
    items.nodes.append(node)
  }

  /// Reads `[` or `[^`, and the `-` and `]` that are literal right behind it, into `items`.
  private mutating func parseClassOpening(
    _ items: inout Items
  ) throws(RegexFailure) -> (opening: Range<Int>, negated: Bool) {
    let start = at
    guard advanceOverSpace() else { throw RegexFailure(.classUnclosed, start..<at) }
    let negated = current == "^"
    if negated {
      guard advanceOverSpace() else { throw RegexFailure(.classUnclosed, start..<at) }
    }
    items = Items(span: at..<at)
    while current == "-" {
      appendVerbatim("-", to: &items)
      guard advanceOverSpace() else { throw RegexFailure(.classUnclosed, start..<start) }
    }
    if items.nodes.isEmpty && current == "]" {
      appendVerbatim("]", to: &items)
      guard advanceOverSpace() else { throw RegexFailure(.classUnclosed, start..<at) }
    }
    return (start..<at, negated)
  }

  private mutating func appendVerbatim(_ scalar: Unicode.Scalar, to items: inout Items) {
    let literal = SyntaxLiteral(span: here, scalar: scalar)
    append(SyntaxNode(span: here, kind: .literal(literal)), to: &items)
  }

  private mutating func node(of items: Items) -> Int {
    switch items.nodes.count {
    case 0: tree.add(.empty, items.span)
    case 1: items.nodes[0]
    default: tree.add(.union(items.nodes), items.span)
    }
  }

  /// Takes the items read so far for the right side of an operation that waits for one.
  private mutating func closeOperation(_ stack: inout [OpenClass], _ items: Items) -> Int {
    let right = node(of: items)
    guard case .operation(let operation, let left) = stack.last else { return right }
    stack.removeLast()
    let start = tree.nodes[left].span.lowerBound
    let span = start..<max(start, tree.nodes[right].span.upperBound)
    return tree.add(.setOperation(operation, left, right), span)
  }

  private mutating func startOperation(
    _ operation: SetOperation, _ stack: inout [OpenClass], _ items: inout Items
  ) {
    stack.append(.operation(operation, left: closeOperation(&stack, items)))
    at += 2
    items = Items(span: at..<at)
  }

  /// Ends the innermost class at its `]`, and goes back to the items around it.
  private mutating func closeClass(_ stack: inout [OpenClass], _ items: inout Items) -> Int {
    let content = closeOperation(&stack, items)
    advance()
    guard case .bracket(let outer, let opening, let negated) = stack.popLast() else {
      return content
    }
    items = outer
    return tree.add(.bracketed(set: content, negated: negated), opening.lowerBound..<at)
  }

  private mutating func parseClassRange(
    _ stack: [OpenClass]
  ) throws(RegexFailure) -> SyntaxNode {
    let first = try parseClassItem()
    skipSpace()
    guard !isAtEnd else { throw unclosedClass(stack) }
    guard current == "-", nextAfterSpace != "]", nextAfterSpace != "-" else {
      switch first.kind {
      case .literal, .perl, .property: return first
      default: throw RegexFailure(.classEscapeInvalid, first.span)
      }
    }
    guard advanceOverSpace() else { throw unclosedClass(stack) }
    let last = try parseClassItem()
    guard case .literal(let low) = first.kind else {
      throw RegexFailure(.classRangeNotLiteral, first.span)
    }
    guard case .literal(let high) = last.kind else {
      throw RegexFailure(.classRangeNotLiteral, last.span)
    }
    let span = first.span.lowerBound..<last.span.upperBound
    guard low.scalar <= high.scalar else { throw RegexFailure(.classRangeInvalid, span) }
    return SyntaxNode(span: span, kind: .range(low, high))
  }

  private mutating func parseClassItem() throws(RegexFailure) -> SyntaxNode {
    guard let scalar = current, scalar != "\\" else { return try parseEscape() }
    let literal = SyntaxLiteral(span: here, scalar: scalar)
    advance()
    return SyntaxNode(span: literal.span, kind: .literal(literal))
  }

  /// Reads `[:alpha:]` or `[:^alpha:]`; nil, without having moved, if it is something else.
  private mutating func parsePosixClass() -> SyntaxNode? {
    let start = at
    at += 1
    guard advance(over: ":") else {
      at = start
      return nil
    }
    let negated = advance(over: "^")
    var name = ""
    while let scalar = current, scalar != ":" {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard let posix = PosixClass(rawValue: name), advance(over: ":]") else {
      at = start
      return nil
    }
    return SyntaxNode(span: start..<at, kind: .posix(posix, negated: negated))
  }
}
