/// Computes the moves of a program's set of live nodes: the subset construction, one step at a time.
///
/// Holds no result from one step to the next, only memory to work in.
struct Stepper: Sendable {
  /// The nodes alive at a place that consume a code point or wait to see what stands after it, in rising
  /// order.
  private(set) var live: [UInt32] = []
  /// Whether a node among them waits.
  private(set) var waits = false

  private var marks: [UInt64]
  private var stack: [UInt32] = []
  private var woken: [UInt32] = []
  private var reached: [UInt32] = []

  enum Outcome {
    case matched
    /// The live nodes are in `live`.
    case goesOn
  }

  init(nodeCount: Int) { marks = [UInt64](repeating: 0, count: (nodeCount + 63) / 64) }

  /// The nodes alive at the start of a text.
  mutating func begin(_ program: Program) -> Outcome {
    let matched = close(program.start, program, before: .edge, after: nil)
    return finish(program, matched)
  }

  /// Moves the nodes alive at a place over a code point of class `symbol`.
  mutating func move(
    _ nodes: ArraySlice<UInt32>, waiting: Bool, before: Alphabet.Traits, over symbol: UInt32,
    _ program: Program
  ) -> Outcome {
    let traits = program.alphabet.traits[Int(symbol)]
    woken.removeAll(keepingCapacity: true)
    if waiting, wake(nodes, program, before: before, after: traits) { return .matched }
    var matched = false
    for source in [nodes, woken[...]] {
      for index in source where program.accepts(symbol, at: index) {
        let next = program.nodes[Int(index)].next
        if close(next, program, before: traits, after: nil) { matched = true }
      }
    }
    if !program.isAnchored, close(program.start, program, before: traits, after: nil) {
      matched = true
    }
    return finish(program, matched)
  }

  /// Whether the nodes alive at the end of the text match there.
  mutating func matchesAtEnd(
    _ nodes: ArraySlice<UInt32>, before: Alphabet.Traits, _ program: Program
  ) -> Bool {
    wake(nodes, program, before: before, after: .edge)
  }

  /// Follows the looks that hold into `woken`; true if that reaches a match.
  private mutating func wake(
    _ nodes: ArraySlice<UInt32>, _ program: Program, before: Alphabet.Traits,
    after: Alphabet.Traits
  ) -> Bool {
    var matched = false
    for index in nodes {
      let node = program.nodes[Int(index)]
      guard node.kind == .look, let look = Look(rawValue: UInt8(truncatingIfNeeded: node.argument)),
        look.holds(before: before, after: after)
      else { continue }
      if close(node.next, program, before: before, after: after) { matched = true }
    }
    collect()
    for index in reached {
      let kind = program.nodes[Int(index)].kind
      if kind == .one || kind == .set { woken.append(index) }
    }
    return matched
  }

  /// Marks what is reached from a node without consuming; true if a match is.
  private mutating func close(
    _ node: UInt32, _ program: Program, before: Alphabet.Traits, after: Alphabet.Traits?
  ) -> Bool {
    var matched = false
    stack.append(node)
    while let index = stack.popLast() {
      let (word, bit) = (Int(index / 64), UInt64(1) << UInt64(index % 64))
      if marks[word] & bit != 0 { continue }
      marks[word] |= bit
      let node = program.nodes[Int(index)]
      switch node.kind {
      case .one, .set: break
      case .match: matched = true
      case .split:
        stack.append(node.argument)
        stack.append(node.next)
      case .look:
        guard let look = Look(rawValue: UInt8(truncatingIfNeeded: node.argument)) else { break }
        guard let after = after ?? (look.looksOnlyBack ? [] : nil) else { break }
        if look.holds(before: before, after: after) { stack.append(node.next) }
      }
    }
    return matched
  }

  private mutating func finish(_ program: Program, _ matched: Bool) -> Outcome {
    live.removeAll(keepingCapacity: true)
    waits = false
    collect()
    for index in reached {
      let node = program.nodes[Int(index)]
      switch node.kind {
      case .one, .set: live.append(index)
      case .look:
        guard let look = Look(rawValue: UInt8(truncatingIfNeeded: node.argument)),
          !look.looksOnlyBack
        else { break }
        live.append(index)
        waits = true
      case .match, .split: break
      }
    }
    return matched ? .matched : .goesOn
  }

  /// Moves the marked nodes into `reached`, in rising order, and clears the marks.
  private mutating func collect() {
    reached.removeAll(keepingCapacity: true)
    for word in marks.indices where marks[word] != 0 {
      var bits = marks[word]
      marks[word] = 0
      while bits != 0 {
        reached.append(UInt32(truncatingIfNeeded: word &* 64 &+ bits.trailingZeroBitCount))
        bits &= bits &- 1
      }
    }
  }
}

extension Program {
  /// Whether the node consumes a code point of the class.
  func accepts(_ symbol: UInt32, at index: UInt32) -> Bool {
    let node = nodes[Int(index)]
    switch node.kind {
    case .one: return node.argument == symbol
    case .set:
      let word = membership[Int(node.argument) &* rowWords &+ Int(symbol / 64)]
      return word >> UInt64(symbol % 64) & 1 != 0
    case .look, .split, .match: return false
    }
  }
}
