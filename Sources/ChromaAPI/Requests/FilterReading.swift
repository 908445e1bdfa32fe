package import JSON
package import Model

/// Why a filter could not be read: the body is no JSON, or the filter is none.
private enum FilterFailure: Error {
  case json(JSONError)
  case malformed
}

/// A filter, or the note that it is malformed, which counts only when the rest of the body is right.
package enum ReadFilter {
  case filter(Filter?)
  case malformed(String)

  package func get() throws(APIError) -> Filter? {
    switch self {
    case .filter(let filter): return filter
    case .malformed(let message): throw .invalid(message)
    }
  }
}

extension BodyReader {
  /// Reads the value of `where`.
  package mutating func metadataFilter() throws(JSONError) -> ReadFilter {
    try filter("Invalid where clause") { (json) throws(FilterFailure) in
      try json.metadataFilter()
    }
  }

  /// Reads the value of `where_document`.
  package mutating func documentFilter() throws(JSONError) -> ReadFilter {
    try filter("Invalid where document clause") { (json) throws(FilterFailure) in
      try json.documentFilter()
    }
  }

  private mutating func filter(
    _ complaint: String, _ read: (inout JSONReader) throws(FilterFailure) -> Filter
  ) throws(JSONError) -> ReadFilter {
    if try json.nullIfPresent() { return .filter(nil) }
    let mark = json.mark
    do throws(FilterFailure) {
      return .filter(try read(&json))
    } catch {
      if case .json(let error) = error { throw error }
      json.rewind(to: mark)
      try json.skip()
      return .malformed(complaint)
    }
  }
}

/// The reader with what the wrong type means in a filter.
extension JSONReader {
  fileprivate mutating func metadataFilter() throws(FilterFailure) -> Filter {
    try single { (json, key) throws(FilterFailure) in
      switch key {
      case "$and":
        return .all(
          try json.filters { (json) throws(FilterFailure) in
            try json.metadataFilter()
          })
      case "$or":
        return .any(
          try json.filters { (json) throws(FilterFailure) in
            try json.metadataFilter()
          })
      default: break
      }
      guard !key.hasPrefix("$") else { throw .malformed }
      guard try json.kind() == .object else {
        return .compare(key: key, .equal(try json.scalar()))
      }
      return try json.single { (json, name) throws(FilterFailure) in
        try json.comparison(key, name)
      }
    }
  }

  fileprivate mutating func documentFilter() throws(FilterFailure) -> Filter {
    try single { (json, key) throws(FilterFailure) in
      switch key {
      case "$and":
        return .all(
          try json.filters { (json) throws(FilterFailure) in
            try json.documentFilter()
          })
      case "$or":
        return .any(
          try json.filters { (json) throws(FilterFailure) in
            try json.documentFilter()
          })
      default:
        guard case .string(let text) = try json.scalar(),
          let filter = documentCondition(key, text)
        else { throw .malformed }
        return filter
      }
    }
  }

  /// The operand of `{key: {name: operand}}`.
  private mutating func comparison(_ key: Text, _ name: Text) throws(FilterFailure) -> Filter {
    if try kind() == .array {
      let values = try scalars()
      switch name {
      case "$in": return .compare(key: key, .isIn(values))
      case "$nin": return .compare(key: key, .notIn(values))
      default: throw .malformed
      }
    }
    let value = try scalar()
    switch name {
    case "$eq": return .compare(key: key, .equal(value))
    case "$ne": return .compare(key: key, .notEqual(value))
    case "$lt": return .compare(key: key, .less(try value.number()))
    case "$lte": return .compare(key: key, .lessOrEqual(try value.number()))
    case "$gt": return .compare(key: key, .greater(try value.number()))
    case "$gte": return .compare(key: key, .greaterOrEqual(try value.number()))
    case "$contains", "$not_contains":
      if key == "#document" { return try documentCondition(name, value) }
      return .listContains(key: key, element: value, negated: name == "$not_contains")
    case "$regex", "$not_regex":
      guard key == "#document" else { throw .malformed }
      return try documentCondition(name, value)
    default: throw .malformed
    }
  }

  /// A list that is not empty, its type that of the first element; a list of floats may have integers.
  private mutating func scalars() throws(FilterFailure) -> [MetadataScalar] {
    var values: [MetadataScalar] = []
    try json { (json) throws(JSONError) in try json.beginArray() }
    while try json({ (json) throws(JSONError) in try json.nextElement() }) {
      let value = try scalar()
      switch (values.first?.type ?? value.type, value) {
      case (.float, .int(let value)): values.append(.float(Double(value)))
      case (value.type, _): values.append(value)
      default: throw .malformed
      }
    }
    guard !values.isEmpty else { throw .malformed }
    return values
  }

  private mutating func scalar() throws(FilterFailure) -> MetadataScalar {
    switch try kind() {
    case .bool: return .bool(try json { (json) throws(JSONError) in try json.bool() })
    case .string: return .string(try json { (json) throws(JSONError) in try json.text() })
    case .number:
      switch try json({ (json) throws(JSONError) in try json.signedNumber() }) {
      case .int(let value): return .int(value)
      case .float(let value): return .float(value)
      case nil: throw .malformed
      }
    default: throw .malformed
    }
  }

  /// The one member of an object.
  private mutating func single(
    _ member: (inout JSONReader, Text) throws(FilterFailure) -> Filter
  ) throws(FilterFailure) -> Filter {
    guard try kind() == .object else { throw .malformed }
    let key = try json { (json) throws(JSONError) -> Text? in
      try json.beginObject()
      return try json.nextKey()
    }
    guard let key else { throw .malformed }
    let filter = try member(&self, key)
    guard try json({ (json) throws(JSONError) in try json.nextKey() }) == nil else {
      throw .malformed
    }
    return filter
  }

  private mutating func filters(
    _ read: (inout JSONReader) throws(FilterFailure) -> Filter
  ) throws(FilterFailure) -> [Filter] {
    guard try kind() == .array else { throw .malformed }
    var filters: [Filter] = []
    try json { (json) throws(JSONError) in try json.beginArray() }
    while try json({ (json) throws(JSONError) in try json.nextElement() }) {
      filters.append(try read(&self))
    }
    return filters
  }

  private mutating func kind() throws(FilterFailure) -> JSONKind {
    try json { (json) throws(JSONError) in try json.peek() }
  }

  private mutating func json<Value>(
    _ read: (inout JSONReader) throws(JSONError) -> Value
  ) throws(FilterFailure) -> Value {
    do throws(JSONError) { return try read(&self) } catch { throw .json(error) }
  }
}

extension MetadataScalar {
  fileprivate func number() throws(FilterFailure) -> Filter.Number {
    switch self {
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .bool, .string: throw .malformed
    }
  }
}

private func documentCondition(
  _ name: Text, _ value: MetadataScalar
) throws(FilterFailure) -> Filter {
  guard case .string(let text) = value, let filter = documentCondition(name, text) else {
    throw .malformed
  }
  return filter
}

private func documentCondition(_ name: Text, _ text: Text) -> Filter? {
  switch name {
  case "$contains": .documentContains(text, negated: false)
  case "$not_contains": .documentContains(text, negated: true)
  case "$regex": .documentMatches(pattern: text, negated: false)
  case "$not_regex": .documentMatches(pattern: text, negated: true)
  default: nil
  }
}
