/// A pattern's meaning.
struct Meaning {
  let expression: Expression
  /// Those that the expression names by number.
  let sets: [CodePointSet]
  let shape: Shape
}

/// How Rust's crate keeps an expression: `Hir` of regex-syntax, as far as it decides where a class of bytes
/// (which an empty class is, too) is left after its simplifications. What is matched does not depend on it.
///
/// Laziness is kept since Rust takes no common prefix out of branches that begin alike but for it.
indirect enum Shape: Hashable {
  case empty
  case literal([UInt32])
  case characters(CodePointSet)
  case bytes(CodePointSet)
  case look(Look)
  /// No two are the same.
  case capture(Shape, number: Int)
  case repetition(Shape, min: UInt32, max: UInt32?, isLazy: Bool)
  /// Two parts at least, none of them empty or a concatenation; no two literals stand together.
  case concatenation([Shape])
  /// Two parts at least, none of them an alternation.
  case alternation([Shape])

  var hasByteClass: Bool {
    switch self {
    case .bytes: true
    case .empty, .literal, .characters, .look: false
    case .capture(let part, _), .repetition(let part, _, _, _): part.hasByteClass
    case .concatenation(let parts), .alternation(let parts): parts.contains(where: \.hasByteClass)
    }
  }

  /// A class, written with Unicode on or off.
  static func set(_ set: CodePointSet, unicode: Bool) -> Shape {
    if let scalar = set.single { return .literal([scalar]) }
    return unicode && !set.isEmpty ? .characters(set) : .bytes(set)
  }

  /// `isZeroWidth`: the part matches nothing but the empty string, so once is as good as often.
  static func repeated(
    _ part: Shape, isZeroWidth: Bool, min: UInt32, max: UInt32?, isLazy: Bool
  ) -> Shape {
    let min = isZeroWidth ? Swift.min(min, 1) : min
    let max = isZeroWidth ? Swift.min(max ?? 1, 1) : max
    if max == 0 { return .empty }
    return min == 1 && max == 1 ? part : .repetition(part, min: min, max: max, isLazy: isLazy)
  }

  static func joined(_ parts: [Shape]) -> Shape {
    var joined: [Shape] = []
    for part in parts {
      switch part {
      case .empty: break
      case .concatenation(let inner): for part in inner { joined.append(joining: part) }
      default: joined.append(joining: part)
      }
    }
    return joined.count > 1 ? .concatenation(joined) : joined.first ?? .empty
  }

  static func either(_ branches: [Shape]) -> Shape {
    let flat = branches.flatMap { branch -> [Shape] in
      if case .alternation(let branches) = branch { branches } else { [branch] }
    }
    guard flat.count > 1 else { return flat.first ?? .bytes(CodePointSet()) }
    return union(flat.map(\.scalarSet)) ?? union(flat.map(\.classSet))
      ?? withCommonPrefix(flat) ?? .alternation(flat)
  }

  private var scalarSet: CodePointSet? {
    guard case .literal(let scalars) = self, scalars.count == 1 else { return nil }
    return CodePointSet(scalars.map { $0...$0 })
  }

  private var classSet: CodePointSet? {
    switch self {
    case .characters(let set), .bytes(let set): set
    default: nil
    }
  }

  /// One class of all of them, if all are there.
  private static func union(_ sets: [CodePointSet?]) -> Shape? {
    var distinct: Set<CodePointSet> = []
    for set in sets {
      guard let set else { return nil }
      distinct.insert(set)
    }
    return .set(CodePointSet(distinct.flatMap(\.ranges)), unicode: true)
  }

  /// Concatenations that begin alike: what is common, and the alternation of the rests.
  private static func withCommonPrefix(_ branches: [Shape]) -> Shape? {
    var lists: [[Shape]] = []
    for branch in branches {
      guard case .concatenation(let parts) = branch else { return nil }
      lists.append(parts)
    }
    guard var prefix = lists.first.map({ $0[...] }) else { return nil }
    for list in lists.dropFirst() {
      let count = zip(prefix, list).prefix { $0 == $1 }.count
      prefix = prefix.prefix(count)
    }
    guard !prefix.isEmpty else { return nil }
    return joined(Array(prefix) + [either(lists.map { joined(Array($0.dropFirst(prefix.count))) })])
  }
}

extension [Shape] {
  fileprivate mutating func append(joining part: Shape) {
    guard case .literal(let more) = part, case .literal(var scalars) = last else {
      append(part)
      return
    }
    // Taken out first, so that nothing is copied for every character.
    removeLast()
    scalars += more
    append(.literal(scalars))
  }
}
