/// Computes the moves of a program's set of live nodes: the subset construction, one step at a time.
///
/// Holds no result from one step to the next but the last, only memory to work in.
struct Stepper: Sendable {
  /// The nodes alive at a place that consume a code point or wait to see what stands after it, in rising
  /// order.
  private(set) var live: [UInt32] = []
  /// Whether a node among them waits.
  private(set) var waits = false

  /// A bit for each node reached in this step.
  private var marks: [UInt64]
  /// Nodes that are still to be followed.
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
    stack.append(program.start)
    return finish(program, close(program, before: .edge, after: nil))
  }

  /// Moves the nodes alive at a place over a code point of class `symbol`.
  mutating func move(
    _ nodes: ArraySlice<UInt32>, waiting: Bool, before: Alphabet.Traits, over symbol: UInt32,
    _ program: Program
  ) -> Outcome {
    let traits = program.alphabet.traits[Int(symbol)]
    if waiting {
      if wake(nodes, program, before: before, after: traits) { return .matched }
      program.follow(woken[...], over: symbol, into: &stack)
    }
    program.follow(nodes, over: symbol, into: &stack)
    if !program.isAnchored { stack.append(program.start) }
    return finish(program, close(program, before: traits, after: nil))
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
    for index in nodes {
      let node = program.nodes[Int(index)]
      guard let look = node.look, look.holds(before: before, after: after) else { continue }
      stack.append(node.next)
    }
    let matched = close(program, before: before, after: after)
    collect()
    swap(&woken, &reached)
    return matched
  }

  /// Marks what the nodes on the stack reach without consuming; true if a match is.
  private mutating func close(
    _ program: Program, before: Alphabet.Traits, after: Alphabet.Traits?
  ) -> Bool {
    var stack: [UInt32] = []
    swap(&stack, &self.stack)
    defer { swap(&stack, &self.stack) }
    return program.nodes.withUnsafeBufferPointer { nodes in
      marks.withUnsafeMutableBufferPointer { marks in
        var matched = false
        while let index = stack.popLast() {
          let (word, bit) = (Int(index / 64), UInt64(1) << UInt64(index % 64))
          if marks[word] & bit != 0 { continue }
          marks[word] |= bit
          let node = nodes[Int(index)]
          switch node.kind {
          case .one, .set: break
          case .match: matched = true
          case .split:
            stack.append(node.argument)
            stack.append(node.next)
          case .look:
            guard let look = node.look else { break }
            guard let after = after ?? (look.looksOnlyBack ? [] : nil) else { break }
            if look.holds(before: before, after: after) { stack.append(node.next) }
          }
        }
        return matched
      }
    }
  }

  private mutating func finish(_ program: Program, _ matched: Bool) -> Outcome {
    collect()
    live.removeAll(keepingCapacity: true)
    waits = false
    program.nodes.withUnsafeBufferPointer { nodes in
      for index in reached {
        let node = nodes[Int(index)]
        switch node.kind {
        case .one, .set: live.append(index)
        case .look:
          guard node.look?.looksOnlyBack == false else { break }
          live.append(index)
          waits = true
        case .match, .split: break
        }
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
  /// Appends what follows those of the nodes that consume a code point of the class.
  fileprivate func follow(
    _ live: ArraySlice<UInt32>, over symbol: UInt32, into stack: inout [UInt32]
  ) {
    nodes.withUnsafeBufferPointer { nodes in
      membership.withUnsafeBufferPointer { membership in
        let (word, bit) = (Int(symbol / 64), UInt64(1) << UInt64(symbol % 64))
        for index in live {
          let node = nodes[Int(index)]
          switch node.kind {
          case .one:
            if node.argument == symbol { stack.append(node.next) }
          case .set:
            let place = Int(node.argument) &* rowWords &+ word
            if membership[place] & bit != 0 { stack.append(node.next) }
          case .look, .split, .match: break
          }
        }
      }
    }
  }
}

extension Program.Node {
  /// The condition of a node of kind `look`.
  fileprivate var look: Look? {
    kind == .look ? Look(rawValue: UInt8(truncatingIfNeeded: argument)) : nil
  }
}
