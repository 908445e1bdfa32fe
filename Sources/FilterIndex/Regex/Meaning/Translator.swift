/// Turns a syntax tree into its meaning: applies flags, resolves classes and properties.
struct Translator {
  private let tree: SyntaxTree
  private var flags = RegexFlags()
  private var numbers: [CodePointSet: Int] = [:]
  private var sets: [CodePointSet] = []
  private var captureCount = 0

  private init(_ tree: SyntaxTree) { self.tree = tree }

  static func translate(_ tree: SyntaxTree) throws(RegexFailure) -> Meaning {
    var translator = Translator(tree)
    let (expression, shape) = try translator.part(tree.root)
    return Meaning(expression: expression, sets: translator.sets, shape: shape)
  }

  private typealias Part = (expression: Expression, shape: Shape)

  private mutating func part(_ index: Int) throws(RegexFailure) -> Part {
    let node = tree.nodes[index]
    switch node.kind {
    case .empty: return (.empty, .empty)
    case .flags(let change):
      flags.apply(change)
      return (.empty, .empty)
    case .literal(let literal): return classPart(try set(of: literal))
    case .dot: return classPart(try dot(node.span))
    case .assertion(let assertion):
      let look = look(assertion)
      return (.look(look), .look(look))
    case .perl, .property, .bracketed, .range, .posix, .union, .setOperation:
      return classPart(try classSet(index))
    case .repetition(let operand, let min, let max, let isLazy):
      let (expression, shape) = try part(operand)
      let repeated = Shape.repeated(
        shape, isZeroWidth: expression.isZeroWidth, min: min, max: max,
        isLazy: isLazy != flags.swapsGreed)
      return (.repeated(expression, min: min, max: max), repeated)
    case .group(let content, let change):
      let outer = flags
      if let change { flags.apply(change) }
      let inner = try part(content)
      flags = outer
      guard change == nil else { return inner }
      captureCount += 1
      return (inner.expression, .capture(inner.shape, number: captureCount))
    case .alternation(let branches):
      let branches = try parts(branches)
      return (alternation(of: branches.map(\.expression)), .either(branches.map(\.shape)))
    case .concatenation(let parts):
      let parts = try self.parts(parts)
      // Without the empty ones, of which a repetition could have any number for nothing.
      let expressions = parts.map(\.expression)
        .filter { if case .empty = $0 { false } else { true } }
      return (.concatenation(expressions), .joined(parts.map(\.shape)))
    }
  }

  private mutating func parts(_ nodes: [Int]) throws(RegexFailure) -> [Part] {
    var out: [Part] = []
    out.reserveCapacity(nodes.count)
    for node in nodes { out.append(try part(node)) }
    return out
  }

  private mutating func classPart(_ set: CodePointSet) -> Part {
    (single(set), .set(set, unicode: flags.unicode))
  }

  /// One set where every branch is a single code point.
  private mutating func alternation(of branches: [Expression]) -> Expression {
    var ranges: [ClosedRange<UInt32>] = []
    // A pattern may name one large set a million times.
    var seen: Set<Int> = []
    for branch in branches {
      switch branch {
      case .scalar(let value): ranges.append(value...value)
      case .set(let number): if seen.insert(number).inserted { ranges += sets[number].ranges }
      default: return .alternation(branches)
      }
    }
    return single(CodePointSet(ranges))
  }

  private mutating func single(_ set: CodePointSet) -> Expression {
    if let scalar = set.single { return .scalar(scalar) }
    if let number = numbers[set] { return .set(number) }
    numbers[set] = sets.count
    sets.append(set)
    return .set(sets.count - 1)
  }

  private func set(of literal: SyntaxLiteral) throws(RegexFailure) -> CodePointSet {
    let value = literal.scalar.value
    if !flags.unicode && literal.isByte && value > 0x7f {
      throw RegexFailure(.invalidUTF8, literal.span)
    }
    return folded(CodePointSet(value))
  }

  private func dot(_ span: Range<Int>) throws(RegexFailure) -> CodePointSet {
    guard flags.unicode else { throw RegexFailure(.invalidUTF8, span) }
    if flags.dotMatchesNewline { return .all }
    let newlines: [ClosedRange<UInt32>] = flags.crlf ? [0x0a...0x0a, 0x0d...0x0d] : [0x0a...0x0a]
    return CodePointSet(newlines).complement()
  }

  private func look(_ assertion: AssertionSyntax) -> Look {
    switch assertion {
    case .startText: .start
    case .endText: .end
    case .startLine: !flags.multiline ? .start : flags.crlf ? .startLineCRLF : .startLine
    case .endLine: !flags.multiline ? .end : flags.crlf ? .endLineCRLF : .endLine
    case .wordBoundary: flags.unicode ? .word : .asciiWord
    case .notWordBoundary: flags.unicode ? .notWord : .notASCIIWord
    case .wordStart: flags.unicode ? .wordStart : .asciiWordStart
    case .wordEnd: flags.unicode ? .wordEnd : .asciiWordEnd
    case .wordStartHalf: flags.unicode ? .wordStartHalf : .asciiWordStartHalf
    case .wordEndHalf: flags.unicode ? .wordEndHalf : .asciiWordEndHalf
    }
  }

  // MARK: Classes

  private func folded(_ set: CodePointSet) -> CodePointSet {
    guard flags.caseInsensitive else { return set }
    return flags.unicode ? CaseFolding.closure(of: set) : CaseFolding.asciiClosure(of: set)
  }

  /// Without Unicode a class is of bytes, and may hold none that is not a code point by itself.
  private func foldedAndNegated(
    _ set: CodePointSet, _ negated: Bool, _ span: Range<Int>
  ) throws(RegexFailure) -> CodePointSet {
    var set = folded(set)
    if negated { set = set.complement(last: flags.unicode ? CodePointSet.last : 0xff) }
    if !flags.unicode && !set.isSubset(ofFirst: 0x80) { throw RegexFailure(.invalidUTF8, span) }
    return set
  }

  private func classSet(_ index: Int) throws(RegexFailure) -> CodePointSet {
    let node = tree.nodes[index]
    switch node.kind {
    case .empty: return CodePointSet()
    case .literal(let literal):
      try checkByte(literal)
      return CodePointSet(literal.scalar.value)
    case .range(let low, let high):
      try checkByte(low)
      try checkByte(high)
      return CodePointSet([low.scalar.value...high.scalar.value])
    case .perl(let perl, let negated):
      return try foldedAndNegated(set(of: perl), negated, node.span)
    case .posix(let posix, let negated):
      return try foldedAndNegated(posix.set, negated, node.span)
    case .property(let query, let negated):
      guard flags.unicode else { throw RegexFailure(.unicodeNotAllowed, node.span) }
      return try foldedAndNegated(try property(query, node.span), negated, node.span)
    case .bracketed(let content, let negated):
      return try foldedAndNegated(try classSet(content), negated, node.span)
    case .union(let parts):
      var ranges: [ClosedRange<UInt32>] = []
      for part in parts { ranges += try classSet(part).ranges }
      return CodePointSet(ranges)
    case .setOperation(let operation, let left, let right):
      let left = folded(try classSet(left))
      let right = folded(try classSet(right))
      switch operation {
      case .intersection: return left.intersection(right)
      case .difference: return left.subtracting(right)
      case .symmetricDifference: return left.symmetricDifference(right)
      }
    case .flags, .dot, .assertion, .repetition, .group, .alternation, .concatenation:
      // The parser puts none of these into a class.
      return CodePointSet()
    }
  }

  private func property(
    _ query: PropertyQuery, _ span: Range<Int>
  ) throws(RegexFailure) -> CodePointSet {
    do {
      return try UnicodeProperties.set(for: query)
    } catch {
      switch error {
      case .propertyNotFound: throw RegexFailure(.propertyNotFound, span)
      case .valueNotFound: throw RegexFailure(.propertyValueNotFound, span)
      }
    }
  }

  private func checkByte(_ literal: SyntaxLiteral) throws(RegexFailure) {
    guard !flags.unicode, literal.scalar.value > 0x7f else { return }
    throw RegexFailure(literal.isByte ? .invalidUTF8 : .unicodeNotAllowed, literal.span)
  }

  private func set(of perl: PerlClass) -> CodePointSet {
    switch perl {
    case .digit: flags.unicode ? UnicodeProperties.digit : UnicodeProperties.asciiDigit
    case .space: flags.unicode ? UnicodeProperties.space : UnicodeProperties.asciiSpace
    case .word: flags.unicode ? UnicodeProperties.word : UnicodeProperties.asciiWord
    }
  }
}

extension PosixClass {
  /// Its members, all ASCII.
  var set: CodePointSet {
    switch self {
    case .alnum: CodePointSet([0x30...0x39, 0x41...0x5a, 0x61...0x7a])
    case .alpha: CodePointSet([0x41...0x5a, 0x61...0x7a])
    case .ascii: .ascii
    case .blank: CodePointSet([0x09...0x09, 0x20...0x20])
    case .cntrl: CodePointSet([0...0x1f, 0x7f...0x7f])
    case .digit: UnicodeProperties.asciiDigit
    case .graph: CodePointSet([0x21...0x7e])
    case .lower: CodePointSet([0x61...0x7a])
    case .print: CodePointSet([0x20...0x7e])
    case .punct: CodePointSet([0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e])
    case .space: UnicodeProperties.asciiSpace
    case .upper: CodePointSet([0x41...0x5a])
    case .word: UnicodeProperties.asciiWord
    case .xdigit: CodePointSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
    }
  }
}
