/// A condition on a record's metadata and document, as `where` and `where_document` express it.
package indirect enum Filter: Hashable, Sendable {
  /// All of them; an empty list holds for every record.
  case all([Filter])
  /// At least one of them; an empty list holds for none.
  case any([Filter])
  /// A comparison of the scalar under the key. `notEqual` and `notIn` also hold where the key is missing,
  /// or has a value of another type or a list.
  case compare(key: Text, Comparison)
  /// The list under the key has (or, negated, has not: then also where there is no such list) the element,
  /// of exactly this type.
  case listContains(key: Text, element: MetadataScalar, negated: Bool)
  /// The document has (negated: has not; then also where there is no document) this substring, by bytes.
  case documentContains(Text, negated: Bool)
  /// The document matches (negated: does not; then also where there is no document) the pattern somewhere.
  case documentMatches(pattern: Text, negated: Bool)

  package enum Comparison: Hashable, Sendable {
    case equal(MetadataScalar)
    case notEqual(MetadataScalar)
    case less(Number)
    case lessOrEqual(Number)
    case greater(Number)
    case greaterOrEqual(Number)
    /// Never empty, all of one type.
    case isIn([MetadataScalar])
    case notIn([MetadataScalar])
  }

  package enum Number: Hashable, Sendable {
    case int(Int64)
    case float(Double)
  }
}

/// A single value in a filter.
package enum MetadataScalar: Hashable, Sendable {
  case bool(Bool)
  case int(Int64)
  case float(Double)
  case string(Text)

  package var type: MetadataType {
    switch self {
    case .bool: .bool
    case .int: .int
    case .float: .float
    case .string: .string
    }
  }
}
