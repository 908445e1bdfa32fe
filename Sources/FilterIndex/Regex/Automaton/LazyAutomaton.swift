/// A deterministic automaton whose states and moves are made when a text first needs them.
///
/// It is emptied when it has grown past its limit, so a search takes time in the length of the text times
/// at most the size of the program, and bounded memory, whatever pattern and text are.
struct LazyAutomaton: Sendable {
  /// Bytes of moves and states at which the automaton is emptied. One state may go beyond it.
  static let sizeLimit = 2 << 20

  private struct State: Sendable {
    let nodes: Range<Int>
    let before: Alphabet.Traits
    let waits: Bool
  }

  /// What a move can lead to instead of a state; states are positive.
  private enum Move {
    static let unknown: Int32 = 0
    static let matched: Int32 = -1
    static let dead: Int32 = -2
  }

  private let program: Program
  private var stepper: Stepper

  /// A row for each state: its move for each class and, last, whether it matches at the end. A state is
  /// known by the place of its row; the first row is none, so that 0 is no state.
  private var moves: [Int32]
  private let stride: Int
  private var states: [State] = []
  private var nodes: [UInt32] = []
  /// Open addressing over `states`: index plus one, or 0.
  private var table: [Int32]
  private var startState = Move.unknown

  init(_ program: Program) {
    self.program = program
    stepper = Stepper(nodeCount: program.nodes.count)
    stride = program.alphabet.count + 1
    moves = []
    table = []
    empty()
  }

  /// Whether the program matches somewhere in the text, which is UTF-8.
  mutating func isMatch(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if startState == Move.unknown { startState = makeStart() }
    guard startState != Move.matched else { return true }
    guard startState != Move.dead else { return false }
    var state = startState
    var at = 0
    while true {
      let stop = run(text, from: at, in: state)
      guard let symbol = stop.symbol else { return matchesAtEnd(stop.state) }
      var next = stop.move
      if next == Move.unknown { next = makeMove(from: stop.state, over: symbol) }
      if next == Move.matched { return true }
      if next == Move.dead { return false }
      state = next
      at = stop.after
    }
  }

  private struct Stop {
    let state: Int32
    /// Where the text goes on behind the code point that has no state to go to.
    let after: Int
    /// The class of that code point; nil at the end of the text.
    let symbol: UInt32?
    let move: Int32
  }

  /// Makes moves as long as they are known and lead to states.
  private func run(_ text: UnsafeBufferPointer<UInt8>, from start: Int, in first: Int32) -> Stop {
    let alphabet = program.alphabet
    return moves.withUnsafeBufferPointer { moves in
      alphabet.ascii.withUnsafeBufferPointer { ascii in
        var state = first
        var at = start
        while at < text.count {
          let byte = text[at]
          let symbol: UInt32
          if byte < 0x80 {
            symbol = ascii[Int(byte)]
            at &+= 1
          } else {
            let (scalar, length) = decode(text, at)
            symbol = alphabet.symbol(wide: scalar)
            at &+= length
          }
          let move = moves[Int(state) &+ Int(symbol)]
          guard move > 0 else { return Stop(state: state, after: at, symbol: symbol, move: move) }
          state = move
        }
        return Stop(state: state, after: at, symbol: nil, move: Move.unknown)
      }
    }
  }

  // MARK: Making states

  private mutating func makeStart() -> Int32 {
    if case .matched = stepper.begin(program) { return Move.matched }
    return target(before: .edge)
  }

  private mutating func makeMove(from state: Int32, over symbol: UInt32) -> Int32 {
    let source = states[Int(state) / stride - 1]
    let outcome = stepper.move(
      nodes[source.nodes], waiting: source.waits, before: source.before, over: symbol, program)
    let count = states.count
    let move: Int32
    switch outcome {
    case .matched: move = Move.matched
    case .goesOn: move = target(before: program.alphabet.traits[Int(symbol)])
    }
    // Where the automaton was emptied meanwhile, the row of `state` is gone.
    if states.count >= count { moves[Int(state) &+ Int(symbol)] = move }
    return move
  }

  private mutating func matchesAtEnd(_ state: Int32) -> Bool {
    let source = states[Int(state) / stride - 1]
    guard source.waits else { return false }
    let place = Int(state) &+ stride &- 1
    if moves[place] == Move.unknown {
      let matches = stepper.matchesAtEnd(nodes[source.nodes], before: source.before, program)
      moves[place] = matches ? Move.matched : Move.dead
    }
    return moves[place] == Move.matched
  }

  /// The state of the stepper's live nodes, made if there is none.
  private mutating func target(before: Alphabet.Traits) -> Int32 {
    if stepper.live.isEmpty && program.isAnchored { return Move.dead }
    // What stands before matters only to nodes that wait.
    let before = stepper.waits ? before : []
    let hash = Self.hash(stepper.live, before)
    if let found = find(hash, before) { return found }
    let size = (moves.count + stride + nodes.count + stepper.live.count) * 4 + states.count * 32
    if size > Self.sizeLimit && !states.isEmpty { empty() }
    if (states.count + 1) * 2 > table.count { growTable() }
    let first = nodes.count
    nodes.append(contentsOf: stepper.live)
    states.append(State(nodes: first..<nodes.count, before: before, waits: stepper.waits))
    insert(hash, states.count)
    let place = moves.count
    moves.append(contentsOf: repeatElement(Move.unknown, count: stride))
    return Int32(truncatingIfNeeded: place)
  }

  private mutating func empty() {
    moves = [Int32](repeating: Move.unknown, count: stride)
    states.removeAll(keepingCapacity: true)
    nodes.removeAll(keepingCapacity: true)
    table = [Int32](repeating: 0, count: 64)
    startState = Move.unknown
  }

  private static func hash(_ nodes: some Sequence<UInt32>, _ before: Alphabet.Traits) -> UInt64 {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(before.rawValue)
    for node in nodes {
      hash = (hash ^ UInt64(node)) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 32
    }
    return hash
  }

  private func find(_ hash: UInt64, _ before: Alphabet.Traits) -> Int32? {
    let mask = table.count - 1
    var at = Int(truncatingIfNeeded: hash) & mask
    while table[at] != 0 {
      let index = Int(table[at]) - 1
      if states[index].before == before, nodes[states[index].nodes].elementsEqual(stepper.live) {
        return Int32(truncatingIfNeeded: (index + 1) * stride)
      }
      at = (at + 1) & mask
    }
    return nil
  }

  private mutating func insert(_ hash: UInt64, _ number: Int) {
    let mask = table.count - 1
    var at = Int(truncatingIfNeeded: hash) & mask
    while table[at] != 0 { at = (at + 1) & mask }
    table[at] = Int32(truncatingIfNeeded: number)
  }

  private mutating func growTable() {
    table = [Int32](repeating: 0, count: table.count * 2)
    for (index, state) in states.enumerated() {
      insert(Self.hash(nodes[state.nodes], state.before), index + 1)
    }
  }
}
