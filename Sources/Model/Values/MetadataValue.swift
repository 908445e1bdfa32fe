/// A value of a record's or a collection's metadata. Whole numbers and floats stay apart, as in Chroma:
/// `1` and `1.0` are different values that compare as equal numbers.
package enum MetadataValue: Hashable, Sendable {
  case bool(Bool)
  case int(Int64)
  case float(Double)
  case string(Text)
  case bools([Bool])
  case ints([Int64])
  case floats([Double])
  case strings([Text])

  /// The type under which a schema and a filter know the value; a list counts as its element type.
  package var type: MetadataType {
    switch self {
    case .bool, .bools: .bool
    case .int, .ints: .int
    case .float, .floats: .float
    case .string, .strings: .string
    }
  }

  package var isList: Bool {
    switch self {
    case .bool, .int, .float, .string: false
    case .bools, .ints, .floats, .strings: true
    }
  }
}

package enum MetadataType: UInt8, Hashable, Sendable, CaseIterable, Comparable {
  case bool = 0
  case int = 1
  case float = 2
  case string = 3

  package static func < (a: MetadataType, b: MetadataType) -> Bool { a.rawValue < b.rawValue }
}
