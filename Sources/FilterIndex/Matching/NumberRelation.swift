import Model

/// A relation between two numbers of either type, decided by their mathematical values: no integer is
/// rounded to a float and no float cut to an integer.
enum NumberRelation: Sendable {
  case equal
  case less
  case lessOrEqual
  case greater
  case greaterOrEqual

  func holds(_ value: Filter.Number, _ operand: Filter.Number) -> Bool {
    switch (value, operand) {
    case (.int(let a), .int(let b)): holds(a, b)
    case (.float(let a), .float(let b)): holds(a, b)
    case (.int(let a), .float(let b)): holds(a, b)
    case (.float(let a), .int(let b)): mirrored.holds(b, a)
    }
  }

  /// The relation that holds of (b, a) where this one holds of (a, b).
  private var mirrored: NumberRelation {
    switch self {
    case .equal: .equal
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }

  private func holds<N: Comparable>(_ a: N, _ b: N) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }

  private func holds(_ a: Int64, _ b: Double) -> Bool {
    guard !b.isNaN else { return false }
    // Below 2^63 in magnitude the floor fits an Int64, and a <= b just where a <= floor(b).
    guard b < 0x1p63 else { return self == .less || self == .lessOrEqual }
    guard b >= -0x1p63 else { return self == .greater || self == .greaterOrEqual }
    let floor = b.rounded(.down)
    let whole = Int64(floor)
    if floor == b { return holds(a, whole) }
    switch self {
    case .equal: return false
    case .less, .lessOrEqual: return a <= whole
    case .greater, .greaterOrEqual: return a > whole
    }
  }
}
