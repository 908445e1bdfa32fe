/// What a pattern means, with flags and classes resolved.
///
/// As deep as the syntax tree it comes from, whose depth is bounded.
indirect enum Expression {
  /// Matches between any two code points.
  case empty
  case scalar(UInt32)
  /// One code point of the set with this number in `Meaning.sets`.
  case set(Int)
  case look(Look)
  case concatenation([Expression])
  case alternation([Expression])
  case repetition(Expression, min: UInt32, max: UInt32?)

  /// Whether it matches nothing but the empty string.
  var isZeroWidth: Bool {
    switch self {
    case .empty, .look: true
    case .scalar, .set: false
    case .concatenation(let parts), .alternation(let parts): parts.allSatisfy(\.isZeroWidth)
    case .repetition(let part, _, let max): max == 0 || part.isZeroWidth
    }
  }

  /// Repeats `part`, without copies that cannot matter.
  static func repeated(_ part: Expression, min: UInt32, max: UInt32?) -> Expression {
    if max == 0 { return .empty }
    if min == 1 && max == 1 { return part }
    guard part.isZeroWidth else { return .repetition(part, min: min, max: max) }
    return min == 0 ? .alternation([.empty, part]) : part
  }
}

/// A condition on the place between two code points.
enum Look: UInt8 {
  case start
  case end
  case startLine
  case endLine
  case startLineCRLF
  case endLineCRLF
  case word
  case notWord
  case wordStart
  case wordEnd
  case wordStartHalf
  case wordEndHalf
  case asciiWord
  case notASCIIWord
  case asciiWordStart
  case asciiWordEnd
  case asciiWordStartHalf
  case asciiWordEndHalf
}
