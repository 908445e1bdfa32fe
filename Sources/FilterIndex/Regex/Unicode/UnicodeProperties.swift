/// The sets of code points that patterns name.
enum UnicodeProperties {
  /// `\d`: Nd.
  static let digit = categories(["nd"])
  /// `\s`: White_Space.
  static let space = binary["space"].map { CodePointSet(packed: $0) } ?? CodePointSet()
  /// `\w` by UTS #18, annex C: Alphabetic, M, Nd, Pc, Join_Control.
  static let word = [binary["alphabetic"], binary["joincontrol"]]
    .reduce(categories(["mn", "mc", "me", "nd", "pc"])) { set, packed in
      packed.map { set.union(CodePointSet(packed: $0)) } ?? set
    }

  static let asciiDigit = CodePointSet([0x30...0x39])
  static let asciiSpace = CodePointSet([0x09...0x0d, 0x20...0x20])
  static let asciiWord = CodePointSet([0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a])

  private typealias Table = [String: StaticString]

  private static let category = index(UnicodeTables.categories)
  private static let script = index(UnicodeTables.scripts)
  private static let scriptExtension = index(UnicodeTables.scriptExtensions)
  private static let binary = index(UnicodeTables.binary)
  private static let graphemeBreak = index(UnicodeTables.graphemeBreaks)
  private static let wordBreak = index(UnicodeTables.wordBreaks)
  private static let sentenceBreak = index(UnicodeTables.sentenceBreaks)

  enum LookupError: Error {
    case propertyNotFound
    case valueNotFound
  }

  /// The set that the text inside `\p{...}` names.
  static func set(for query: PropertyQuery) throws(LookupError) -> CodePointSet {
    switch query {
    case .name(let name):
      let name = normalized(name)
      if let set = named(name) { return set }
      // A known category that no text can contain.
      throw name == "cs" || name == "surrogate" ? .valueNotFound : .propertyNotFound
    case .value(let property, let value):
      guard let set = try valued(property: normalized(property), normalized(value)) else {
        throw .valueNotFound
      }
      return set
    }
  }

  private static func named(_ name: String) -> CodePointSet? {
    // These three are also names of properties that are not sets; they stand for the categories.
    if name != "cf", name != "sc", name != "lc", let packed = binary[name] {
      return CodePointSet(packed: packed)
    }
    if let set = generalCategory(name) { return set }
    return script[name].map { CodePointSet(packed: $0) }
  }

  private static func valued(
    property: String, _ value: String
  ) throws(LookupError) -> CodePointSet? {
    let packed: StaticString?
    switch property {
    case "gc", "generalcategory": return generalCategory(value)
    case "age": return age(value)
    case "sc", "script": packed = script[value]
    case "scx", "scriptextensions": packed = scriptExtension[value]
    case "gcb", "graphemeclusterbreak": packed = graphemeBreak[value]
    case "wb", "wordbreak": packed = wordBreak[value]
    case "sb", "sentencebreak": packed = sentenceBreak[value]
    default: throw .propertyNotFound
    }
    return packed.map { CodePointSet(packed: $0) }
  }

  /// The code points assigned in a version of Unicode or before it, the version as `6.0` or `v60`.
  private static func age(_ version: String) -> CodePointSet? {
    let digits = version.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false)
    guard digits.count == 2, let major = Int(digits[0]), let minor = Int(digits[1]) else {
      return nil
    }
    var isVersion = false
    var ranges: [ClosedRange<UInt32>] = []
    for value in 0...CodePointSet.last {
      guard let age = Unicode.Scalar(value)?.properties.age else { continue }
      if (age.major, age.minor) == (major, minor) { isVersion = true }
      guard (age.major, age.minor) <= (major, minor) else { continue }
      if let last = ranges.last, last.upperBound + 1 == value {
        ranges[ranges.count - 1] = last.lowerBound...value
      } else {
        ranges.append(value...value)
      }
    }
    return isVersion ? CodePointSet(ranges) : nil
  }

  private static func generalCategory(_ name: String) -> CodePointSet? {
    switch name {
    case "any": return .all
    case "ascii": return .ascii
    case "assigned": return categories(["cn"]).complement()
    default: return GeneralCategoryNames.members[name].map(categories)
    }
  }

  private static func categories(_ names: [String]) -> CodePointSet {
    CodePointSet(names.compactMap { category[$0] }.flatMap { CodePointSet(packed: $0).ranges })
  }

  private static func index(_ rows: [(names: StaticString, ranges: StaticString)]) -> Table {
    var table: Table = [:]
    for row in rows {
      for name in row.names.description.split(separator: " ") { table[String(name)] = row.ranges }
    }
    return table
  }

  /// Loose matching of names (UAX #44, UAX44-LM3): no case, space, `_` or `-`, no `is` in front.
  private static func normalized(_ name: String) -> String {
    var bytes = name.utf8.filter { $0 < 0x80 }
      .map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
    let hadPrefix = bytes.starts(with: "is".utf8)
    if hadPrefix { bytes.removeFirst(2) }
    bytes.removeAll {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
    let short = String(decoding: bytes, as: UTF8.self)
    // ISO_Comment, whose short name is isc, must not become the category c.
    return hadPrefix && short == "c" ? "isc" : short
  }
}
