/// A JSON number: written without point and exponent and within `Int64` it is whole, else a double.
package enum JSONNumber: Hashable, Sendable {
  case int(Int64)
  case float(Double)

  package var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    }
  }
}

/// A number with the distinction that serde makes: whole numbers up to `UInt64.max` are integers.
enum RawNumber {
  case unsigned(UInt64)
  case negative(Int64)
  case float(Double)

  /// As in serde's error messages.
  var described: String {
    switch self {
    case .unsigned(let value): "integer `\(value)`"
    case .negative(let value): "integer `\(value)`"
    case .float(let value): "floating point `\(NumberText.string(value))`"
    }
  }

  var number: JSONNumber {
    switch self {
    case .unsigned(let value): Int64(exactly: value).map { .int($0) } ?? .float(Double(value))
    case .negative(let value): .int(value)
    case .float(let value): .float(value)
    }
  }
}
