import FilterIndex
import Model
import Testing

@Suite("random filters")
struct FilterPropertyTests {
  @Test("a compiled filter agrees with the definition, read literally")
  func agreesWithDefinition() throws {
    let seed = TestSeed.value
    var make = FilterMaker(random: TestRandom(seed: seed))
    for _ in 0..<4000 {
      let filter = make.filter(depth: 4)
      let compiled = try CompiledFilter(filter)
      for _ in 0..<6 {
        let record = make.record()
        let expected = Definition.holds(filter, record)
        let found = compiled.matches(
          metadata: record.metadata, document: record.document, uri: record.uri)
        #expect(found == expected, "APUS_SEED=\(seed): \(filter) on \(record)")
      }
    }
  }
}

private struct Record {
  var metadata = Metadata()
  var document: Text?
  var uri: Text?
}

/// What a filter means, written down for clarity and not for speed.
private enum Definition {
  static func holds(_ filter: Filter, _ record: Record) -> Bool {
    switch filter {
    case .all(let parts): return parts.allSatisfy { holds($0, record) }
    case .any(let parts): return parts.contains { holds($0, record) }
    case .listContains(let key, let element, let negated):
      return contains(record.metadata[key], element) != negated
    case .documentContains(let part, let negated):
      return (record.document.map { contains($0, part) } ?? false) != negated
    case .documentMatches(let pattern, let negated):
      // The maker's patterns are `^x`.
      let prefix = Text(String(pattern.string.dropFirst()))
      return (record.document.map { $0.hasPrefix(prefix) } ?? false) != negated
    case .compare(let key, let comparison): return holds(comparison, value(key, record))
    }
  }

  private static func value(_ key: Text, _ record: Record) -> MetadataValue? {
    switch key {
    case "chroma:document": record.document.map { .string($0) }
    case "chroma:uri": record.uri.map { .string($0) }
    default: record.metadata[key]
    }
  }

  private static func holds(_ comparison: Filter.Comparison, _ value: MetadataValue?) -> Bool {
    switch comparison {
    case .equal(let scalar): equal(value, scalar)
    case .notEqual(let scalar): !equal(value, scalar)
    case .isIn(let scalars): scalars.contains { equal(value, $0) }
    case .notIn(let scalars): !scalars.contains { equal(value, $0) }
    case .less(let number): order(value, number) == -1
    case .lessOrEqual(let number): [-1, 0].contains(order(value, number))
    case .greater(let number): order(value, number) == 1
    case .greaterOrEqual(let number): [1, 0].contains(order(value, number))
    }
  }

  private static func equal(_ value: MetadataValue?, _ scalar: MetadataScalar) -> Bool {
    switch (value, scalar) {
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)): Array(a.string.utf8) == Array(b.string.utf8)
    case (_, .int(let b)): order(value, .int(b)) == 0
    case (_, .float(let b)): order(value, .float(b)) == 0
    default: false
    }
  }

  /// Minus one, nought or one; 2 where the two have no order.
  private static func order(_ value: MetadataValue?, _ number: Filter.Number) -> Int {
    guard let a = exact(value), let b = exact(number) else { return 2 }
    return a < b ? -1 : a == b ? 0 : 1
  }

  /// The maker's floats are multiples of 1/4 below 2^64 or so in magnitude.
  private static func exact(_ number: Filter.Number) -> Int128? {
    switch number {
    case .int(let value): Int128(value) * 4
    case .float(let value): Int128(exactly: value * 4)
    }
  }

  private static func exact(_ value: MetadataValue?) -> Int128? {
    switch value {
    case .int(let value): exact(Filter.Number.int(value))
    case .float(let value): exact(Filter.Number.float(value))
    default: nil
    }
  }

  private static func contains(_ value: MetadataValue?, _ element: MetadataScalar) -> Bool {
    switch (value, element) {
    case (.bools(let list), .bool(let element)): list.contains { $0 == element }
    case (.ints(let list), .int(let element)): list.contains { $0 == element }
    case (.floats(let list), .float(let element)): list.contains { $0 == element }
    case (.strings(let list), .string(let element)): list.contains { $0 == element }
    default: false
    }
  }

  private static func contains(_ text: Text, _ part: Text) -> Bool {
    let (text, part) = (Array(text.string.utf8), Array(part.string.utf8))
    return (0...text.count).contains { text[$0...].starts(with: part) }
  }
}

private struct FilterMaker {
  var random: TestRandom

  private static let ints: [Int64] = [
    0, 1, 2, -1, 1 << 53, 1 << 53 + 1, -(1 << 53) - 1, .max, .min, .max - 1,
  ]
  private static let floats: [Double] = [
    0, -0.0, 1, 1.5, 2, -1, -0.25, 0x1p53, -0x1p53, 0x1p63, -0x1p63, 0x1.fffffffffffffp62,
  ]
  private static let texts: [Text] = ["", "a", "ab", "b", "é", "e\u{301}", "ba"]
  private static let keys: [Text] = ["k", "l", "m", "chroma:document", "chroma:uri"]

  mutating func filter(depth: Int) -> Filter {
    let negated = Bool.random(using: &random)
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
    case 0, 1: return .compare(key: pick(Self.keys), comparison())
    case 2: return .listContains(key: pick(Self.keys), element: scalar(), negated: negated)
    case 3: return .documentContains(pick(Self.texts), negated: negated)
    case 4: return .documentMatches(pattern: Text("^" + pick(Self.texts).string), negated: negated)
    default:
      let parts = (0..<Int.random(in: 0..<4, using: &random)).map { _ in filter(depth: depth - 1) }
      return negated ? .all(parts) : .any(parts)
    }
  }

  mutating func record() -> Record {
    var record = Record()
    for key in Self.keys.prefix(3) where Bool.random(using: &random) {
      record.metadata[key] = value()
    }
    if Bool.random(using: &random) { record.document = pick(Self.texts) }
    if Bool.random(using: &random) { record.uri = pick(Self.texts) }
    return record
  }

  private mutating func comparison() -> Filter.Comparison {
    let scalars = [scalar(), scalar(), scalar()].prefix(Int.random(in: 1...3, using: &random))
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return .equal(scalar())
    case 1: return .notEqual(scalar())
    case 2: return .less(number())
    case 3: return .lessOrEqual(number())
    case 4: return .greater(number())
    case 5: return .greaterOrEqual(number())
    case 6: return .isIn(Array(scalars))
    default: return .notIn(Array(scalars))
    }
  }

  private mutating func number() -> Filter.Number {
    Bool.random(using: &random) ? .int(pick(Self.ints)) : .float(pick(Self.floats))
  }

  private mutating func scalar() -> MetadataScalar {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: .bool(Bool.random(using: &random))
    case 1: .int(pick(Self.ints))
    case 2: .float(pick(Self.floats))
    default: .string(pick(Self.texts))
    }
  }

  private mutating func value() -> MetadataValue {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: .bool(Bool.random(using: &random))
    case 1, 2: .int(pick(Self.ints))
    case 3, 4: .float(pick(Self.floats))
    case 5: .string(pick(Self.texts))
    case 6: .ints([pick(Self.ints), pick(Self.ints)])
    default: .strings([pick(Self.texts)])
    }
  }

  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }
}
