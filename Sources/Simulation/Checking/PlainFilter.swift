import Model

/// What a filter means, by its description alone, one record at a time: nothing of the engine's evaluation is used.
extension Filter {
  func holds(for record: PlainRecord) -> Bool {
    switch self {
    case .all(let parts): return parts.allSatisfy { $0.holds(for: record) }
    case .any(let parts): return parts.contains { $0.holds(for: record) }
    case .compare(let key, let comparison): return comparison.holds(for: record.scalar(key))
    case .listContains(let key, let element, let negated):
      return (record.metadata[key]?.has(element) ?? false) != negated
    case .documentContains(let text, let negated):
      return (record.document.map { $0.string.has(text.string) } ?? false) != negated
    case .documentMatches(let pattern, let negated):
      guard let matches = PlainPattern.all.first(where: { $0.pattern == pattern }) else {
        preconditionFailure("the plain model does not know the pattern \(pattern)")
      }
      return (record.document.map { matches.holds($0.string) } ?? false) != negated
    }
  }
}

extension PlainRecord {
  fileprivate func scalar(_ key: Text) -> MetadataValue? {
    switch key {
    case "chroma:document": document.map { .string($0) }
    case "chroma:uri": uri.map { .string($0) }
    default: metadata[key]
    }
  }
}

extension Filter.Comparison {
  fileprivate func holds(for value: MetadataValue?) -> Bool {
    switch self {
    case .equal(let scalar): value.map { $0.equals(scalar) } ?? false
    case .notEqual(let scalar): !(value.map { $0.equals(scalar) } ?? false)
    case .isIn(let scalars): value.map { value in scalars.contains { value.equals($0) } } ?? false
    case .notIn(let scalars):
      !(value.map { value in scalars.contains { value.equals($0) } } ?? false)
    case .less(let number): value?.number.map { $0 < number.double } ?? false
    case .lessOrEqual(let number): value?.number.map { $0 <= number.double } ?? false
    case .greater(let number): value?.number.map { $0 > number.double } ?? false
    case .greaterOrEqual(let number): value?.number.map { $0 >= number.double } ?? false
    }
  }
}

extension Filter.Number {
  /// The scenarios use small numbers, which are the same as doubles.
  fileprivate var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    }
  }
}

extension MetadataValue {
  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  /// `1` and `1.0` are equal numbers.
  fileprivate func equals(_ scalar: MetadataScalar) -> Bool {
    switch (self, scalar) {
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.int(let a), .float(let b)): Double(a) == b
    case (.float(let a), .int(let b)): a == Double(b)
    default: false
    }
  }

  /// A list's element must be of exactly this type.
  fileprivate func has(_ element: MetadataScalar) -> Bool {
    switch (self, element) {
    case (.bools(let list), .bool(let element)): list.contains(element)
    case (.ints(let list), .int(let element)): list.contains(element)
    case (.floats(let list), .float(let element)): list.contains(element)
    case (.strings(let list), .string(let element)): list.contains(element)
    default: false
    }
  }
}

/// The regular expressions that scenarios use, each with the same in words.
struct PlainPattern: Sendable {
  let pattern: Text
  let holds: @Sendable (String) -> Bool

  static let all: [PlainPattern] = [
    PlainPattern(pattern: "word[0-2] and") { text in
      (0...2).contains { text.has("word\($0) and") }
    },
    PlainPattern(pattern: "^word4") { $0.hasPrefix("word4") },
    PlainPattern(pattern: "(word1|word3) .*word5") { text in
      let first = ["word1 ", "word3 "].compactMap { text.utf8.end(of: $0) }.min()
      return first.map { text.utf8[$0...].end(of: "word5") != nil } ?? false
    },
  ]
}

extension String {
  fileprivate func has(_ text: String) -> Bool { utf8.end(of: text) != nil }
}

extension Collection<UInt8> {
  /// Where the first occurrence ends.
  fileprivate func end(of text: String) -> Index? {
    var start = startIndex
    while true {
      let rest = self[start...]
      if rest.starts(with: text.utf8) { return rest.index(start, offsetBy: text.utf8.count) }
      guard start < endIndex else { return nil }
      start = index(after: start)
    }
  }
}
