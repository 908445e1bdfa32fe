/// Lays out the nodes of an automaton, from its end to its beginning.
///
/// Counts what the nodes would take in Rust's crate, whose automaton is of bytes, so that about the same
/// patterns are refused.
struct ProgramBuilder {
  /// The argument of a node `one` is still the code point.
  private(set) var nodes: [Program.Node] = []

  private let setSizes: [Int]
  private var size = 0

  init(sets: [CodePointSet]) { setSizes = sets.map(Self.size(of:)) }

  mutating func build(_ expression: Expression) throws(RegexSyntaxError) -> UInt32 {
    let match = try add(.match, 0, next: 0, size: 0)
    return try add(expression, next: match)
  }

  private mutating func add(
    _ expression: Expression, next: UInt32
  ) throws(RegexSyntaxError) -> UInt32 {
    switch expression {
    case .empty: return next
    case .scalar(let value):
      return try add(.one, value, next: next, size: 32 * Self.utf8Length(value))
    case .set(let number):
      return try add(.set, UInt32(number), next: next, size: setSizes[number])
    case .look(let look): return try add(.look, UInt32(look.rawValue), next: next, size: 32)
    case .concatenation(let parts):
      var entry = next
      for part in parts.reversed() { entry = try add(part, next: entry) }
      return entry
    case .alternation(let branches):
      guard let last = branches.last else { return next }
      var entry = try add(last, next: next)
      for branch in branches.dropLast().reversed() {
        entry = try split(try add(branch, next: next), entry)
      }
      return entry
    case .repetition(let part, let min, let max):
      return try addRepetition(part, min: min, max: max, next: next)
    }
  }

  private mutating func addRepetition(
    _ part: Expression, min: UInt32, max: UInt32?, next: UInt32
  ) throws(RegexSyntaxError) -> UInt32 {
    var entry = next
    var copies = min
    if let max {
      for _ in min..<max { entry = try split(try add(part, next: entry), next) }
    } else {
      let loop = try split(next, next)
      let body = try add(part, next: loop)
      nodes[Int(loop)].argument = body
      // Of one or more, the loop's own body is the first copy.
      entry = min == 0 ? loop : body
      copies = min == 0 ? 0 : min - 1
    }
    for _ in 0..<copies { entry = try add(part, next: entry) }
    return entry
  }

  private mutating func split(
    _ first: UInt32, _ second: UInt32
  ) throws(RegexSyntaxError) -> UInt32 {
    try add(.split, second, next: first, size: 40)
  }

  private mutating func add(
    _ kind: Program.Node.Kind, _ argument: UInt32, next: UInt32, size added: Int
  ) throws(RegexSyntaxError) -> UInt32 {
    size += added
    guard size <= RegexSyntaxError.sizeLimit else { throw .tooLarge }
    nodes.append(Program.Node(kind: kind, argument: argument, next: next))
    return UInt32(nodes.count - 1)
  }

  private static func utf8Length(_ scalar: UInt32) -> Int {
    scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
  }

  /// The bytes that the automaton of a set takes there when it runs backward: a state for each prefix of
  /// the sequences, an alternation of them and an end.
  private static func size(of set: CodePointSet) -> Int {
    if set.isSubset(ofFirst: 0x80) { return 64 + 8 * set.ranges.count }
    var size = 64
    var last: UTF8Sequences.Bytes = []
    for range in set.ranges {
      for sequence in UTF8Sequences(range) {
        let shared = zip(last, sequence).prefix { $0 == $1 }.count
        size += 4 + 32 * (sequence.count - shared)
        last = sequence
      }
    }
    return size
  }
}
