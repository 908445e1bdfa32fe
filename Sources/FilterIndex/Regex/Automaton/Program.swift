/// A nondeterministic automaton (Thompson's construction) over classes of code points.
///
/// Working on code points instead of bytes keeps the Unicode word boundaries inside the automaton: what
/// stands before and after a place is known from one class each.
struct Program: Sendable {
  struct Node: Sendable {
    enum Kind: UInt8 {
      /// Consumes a code point of the class `argument`.
      case one
      /// Consumes a code point of a class in the set numbered `argument`.
      case set
      /// Goes on where the look with the raw value `argument` holds.
      case look
      /// Goes on at `next` and at the node `argument`.
      case split
      case match
    }

    let kind: Kind
    var argument: UInt32
    var next: UInt32
  }

  let nodes: [Node]
  let start: UInt32
  let alphabet: Alphabet
  /// For each set a row of bits, one for each class of the alphabet.
  let membership: [UInt64]
  /// Words of a row of `membership`.
  let rowWords: Int
  /// No match begins anywhere but at the start of the text.
  let isAnchored: Bool

  /// Compiles the expression; throws if it is too large.
  init(_ expression: Expression, sets: [CodePointSet]) throws(RegexSyntaxError) {
    var builder = ProgramBuilder(sets: sets)
    start = try builder.build(expression)
    let raw = builder.nodes
    let scalars = Set(raw.lazy.filter { $0.kind == .one }.map(\.argument))
    let looks = Set(
      raw.lazy.filter { $0.kind == .look }.compactMap { Look(rawValue: UInt8($0.argument)) })
    let alphabet = try Alphabet(scalars: scalars, sets: sets, looks: looks)
    nodes = raw.map { node in
      guard node.kind == .one else { return node }
      return Node(kind: .one, argument: alphabet.symbol(of: node.argument), next: node.next)
    }
    rowWords = (alphabet.count + 63) / 64
    membership = try alphabet.membership(of: sets, rowWords: rowWords)
    self.alphabet = alphabet
    isAnchored = Self.isAnchored(nodes, start: start)
  }

  private static func isAnchored(_ nodes: [Node], start: UInt32) -> Bool {
    var seen = Set<UInt32>()
    var stack = [start]
    while let index = stack.popLast() {
      guard seen.insert(index).inserted else { continue }
      let node = nodes[Int(index)]
      switch node.kind {
      case .one, .set, .match: return false
      case .look:
        if node.argument != UInt32(Look.start.rawValue) { stack.append(node.next) }
      case .split:
        stack.append(node.next)
        stack.append(node.argument)
      }
    }
    return true
  }
}
