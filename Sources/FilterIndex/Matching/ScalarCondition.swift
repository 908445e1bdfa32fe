import Model

/// The condition of a comparison on a value that is there; the negated comparisons are made of it by
/// negating the whole test, so that a missing key counts as a failure of the condition.
enum ScalarCondition: Sendable {
  case bool(Bool)
  case string(Text)
  case number(NumberRelation, Filter.Number)
  case oneOf(ScalarSet)

  static func make(_ comparison: Filter.Comparison) -> (ScalarCondition, negated: Bool) {
    switch comparison {
    case .equal(let scalar): (equal(scalar), false)
    case .notEqual(let scalar): (equal(scalar), true)
    case .less(let number): (.number(.less, number), false)
    case .lessOrEqual(let number): (.number(.lessOrEqual, number), false)
    case .greater(let number): (.number(.greater, number), false)
    case .greaterOrEqual(let number): (.number(.greaterOrEqual, number), false)
    case .isIn(let scalars): (oneOf(scalars), false)
    case .notIn(let scalars): (oneOf(scalars), true)
    }
  }

  func holds(for value: MetadataValue) -> Bool {
    switch (self, value) {
    case (.bool(let wanted), .bool(let value)): value == wanted
    case (.string(let wanted), .string(let value)): value == wanted
    case (.number(let relation, let operand), .int(let value)):
      relation.holds(.int(value), operand)
    case (.number(let relation, let operand), .float(let value)):
      relation.holds(.float(value), operand)
    case (.oneOf(let set), _): set.contains(value)
    default: false
    }
  }

  static func equal(_ scalar: MetadataScalar) -> ScalarCondition {
    switch scalar {
    case .bool(let value): .bool(value)
    case .int(let value): .number(.equal, .int(value))
    case .float(let value): .number(.equal, .float(value))
    case .string(let value): .string(value)
    }
  }

  private static func oneOf(_ scalars: [MetadataScalar]) -> ScalarCondition {
    if scalars.count == 1, let only = scalars.first { return equal(only) }
    return .oneOf(ScalarSet(scalars))
  }
}
