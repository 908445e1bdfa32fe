import Model

/// The operand of `isIn`, with a look-up that does not grow with the list.
struct ScalarSet: Sendable {
  private var bools: Set<Bool> = []
  private var strings: Set<Text> = []
  /// Every number that is a whole number in Int64's range, whichever type it was written in.
  private var wholes: Set<Int64> = []
  /// The other numbers.
  private var floats: Set<Double> = []

  /// As given.
  let scalars: [MetadataScalar]

  init(_ scalars: [MetadataScalar]) {
    self.scalars = scalars
    for scalar in scalars {
      switch scalar {
      case .bool(let value): bools.insert(value)
      case .string(let value): strings.insert(value)
      case .int(let value): wholes.insert(value)
      case .float(let value):
        if let whole = Int64(exactly: value) {
          wholes.insert(whole)
        } else {
          floats.insert(value)
        }
      }
    }
  }

  func contains(_ value: MetadataValue) -> Bool {
    switch value {
    case .bool(let value): bools.contains(value)
    case .string(let value): strings.contains(value)
    case .int(let value): wholes.contains(value)
    case .float(let value):
      if let whole = Int64(exactly: value) {
        wholes.contains(whole)
      } else {
        floats.contains(value)
      }
    case .bools, .ints, .floats, .strings: false
    }
  }
}
