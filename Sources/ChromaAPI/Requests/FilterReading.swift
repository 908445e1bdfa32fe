import Engine
package import JSON
package import Model

/// What there is to read in the value of `where` or `where_document`. It is read only when the rest of the
/// request is found right, and the first thing that is wrong with it is told.
package enum FilterReader {
  /// The filter of `where`; nil for `null`.
  package static func metadataFilter(_ value: JSONValue) throws(APIError) -> Filter? {
    value == .null ? nil : try metadata(value)
  }

  /// The filter of `where_document`; nil for `null`.
  package static func documentFilter(_ value: JSONValue) throws(APIError) -> Filter? {
    value == .null ? nil : try document(value)
  }

  private static let notMetadata = APIError.invalid("Invalid where clause")
  private static let notDocument = APIError.invalid("Invalid where document clause")

  private static func metadata(_ value: JSONValue) throws(APIError) -> Filter {
    guard let member = value.onlyMember else { throw notMetadata }
    let key = member.key
    switch key {
    case "$and", "$or":
      guard case .array(let children) = member.value else { throw notMetadata }
      let filters = try children.map { (child) throws(APIError) in try metadata(child) }
      return key == "$and" ? .all(filters) : .any(filters)
    default: break
    }
    guard !key.hasPrefix("$") else { throw notMetadata }
    if case .object = member.value {
      guard let operation = member.value.onlyMember else { throw notMetadata }
      return try comparison(key, operation.key, operation.value)
    }
    guard let scalar = member.value.scalar else { throw notMetadata }
    return .compare(key: key, .equal(scalar))
  }

  private static func document(_ value: JSONValue) throws(APIError) -> Filter {
    guard let member = value.onlyMember else { throw notDocument }
    switch member.key {
    case "$and", "$or":
      guard case .array(let children) = member.value else { throw notDocument }
      let filters = try children.map { (child) throws(APIError) in try document(child) }
      return member.key == "$and" ? .all(filters) : .any(filters)
    default:
      guard case .string(let text) = member.value,
        let filter = try condition(member.key, text)
      else { throw notDocument }
      return filter
    }
  }

  /// `{key: {name: operand}}`.
  private static func comparison(
    _ key: Text, _ name: Text, _ operand: JSONValue
  ) throws(APIError) -> Filter {
    if case .array(let elements) = operand {
      guard name == "$in" || name == "$nin", let values = scalars(elements) else {
        throw notMetadata
      }
      return .compare(key: key, name == "$in" ? .isIn(values) : .notIn(values))
    }
    guard let value = operand.scalar else { throw notMetadata }
    switch name {
    case "$eq": return .compare(key: key, .equal(value))
    case "$ne": return .compare(key: key, .notEqual(value))
    case "$lt", "$lte", "$gt", "$gte":
      guard let number = value.number else { throw notMetadata }
      switch name {
      case "$lt": return .compare(key: key, .less(number))
      case "$lte": return .compare(key: key, .lessOrEqual(number))
      case "$gt": return .compare(key: key, .greater(number))
      default: return .compare(key: key, .greaterOrEqual(number))
      }
    case "$contains", "$not_contains":
      guard key == "#document" else {
        return .listContains(key: key, element: value, negated: name == "$not_contains")
      }
    case "$regex", "$not_regex":
      guard key == "#document" else { throw notMetadata }
    default: throw notMetadata
    }
    guard case .string(let text) = value, let filter = try condition(name, text) else {
      throw notMetadata
    }
    return filter
  }

  /// A condition on the document; nil for an operator that is none. Errors: a pattern that is none.
  private static func condition(_ name: Text, _ text: Text) throws(APIError) -> Filter? {
    switch name {
    case "$contains": return .documentContains(text, negated: false)
    case "$not_contains": return .documentContains(text, negated: true)
    case "$regex", "$not_regex":
      do throws(EngineError) {
        try Pattern.check(text)
      } catch {
        throw APIError(error)
      }
      return .documentMatches(pattern: text, negated: name == "$not_regex")
    default: return nil
    }
  }

  /// A list that is not empty, its type that of the first element; a list of floats may have integers, of
  /// any size.
  private static func scalars(_ elements: [JSONValue]) -> [MetadataScalar]? {
    guard let type = elements.first?.scalar?.type else { return nil }
    var values: [MetadataScalar] = []
    values.reserveCapacity(elements.count)
    for element in elements {
      switch (type, element) {
      case (.float, .unsigned(let value)): values.append(.float(Double(value)))
      case (.float, .negative(let value)): values.append(.float(Double(value)))
      default:
        guard let value = element.scalar, value.type == type else { return nil }
        values.append(value)
      }
    }
    return values
  }
}

extension JSONValue {
  /// The member of an object that has one.
  fileprivate var onlyMember: Member? {
    guard case .object(let members) = self, members.count == 1 else { return nil }
    return members.first
  }

  /// Nil for what no filter compares with, whole numbers beyond `Int64` included.
  fileprivate var scalar: MetadataScalar? {
    switch self {
    case .bool(let value): .bool(value)
    case .string(let text): .string(text)
    case .unsigned(let value): Int64(exactly: value).map { .int($0) }
    case .negative(let value): .int(value)
    case .float(let value): .float(value)
    case .null, .array, .object: nil
    }
  }
}

extension MetadataScalar {
  fileprivate var number: Filter.Number? {
    switch self {
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    case .bool, .string: nil
    }
  }
}
