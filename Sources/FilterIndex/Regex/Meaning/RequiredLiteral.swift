extension Expression {
  /// The longest string found that every match contains; empty if none was.
  var requiredLiteral: [UInt8] {
    var search = LiteralSearch()
    search.visit(self)
    search.endRun()
    return search.best
  }

  /// The string that the expression is, if it is nothing else.
  var literal: [UInt8]? {
    var bytes: [UInt8] = []
    switch self {
    case .empty: return []
    case .scalar(let value): bytes.appendUTF8(value)
    case .concatenation(let parts):
      for part in parts {
        guard let more = part.literal else { return nil }
        bytes += more
      }
    case .repetition, .set, .look, .alternation: return nil
    }
    return bytes
  }
}

/// Walks along an expression, gathering runs of code points that must follow each other.
private struct LiteralSearch {
  var best: [UInt8] = []
  private var run: [UInt8] = []

  mutating func endRun() {
    if run.count > best.count { best = run }
    run = []
  }

  mutating func visit(_ expression: Expression) {
    switch expression {
    // A look takes no text: what stands before and after it stands together.
    case .empty, .look: break
    case .scalar(let value): run.appendUTF8(value)
    case .concatenation(let parts): for part in parts { visit(part) }
    case .set, .alternation: endRun()
    case .repetition(let part, let min, let max):
      guard min > 0 else { return endRun() }
      endRun()
      visit(part)
      if min != 1 || max != 1 { endRun() }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendUTF8(_ value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else { return }
    append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
