/// Divides the code points into classes that no part of a pattern tells apart.
struct Alphabet: Sendable {
  /// The number of classes.
  private(set) var count = 1
  /// What a look needs to know of each class.
  private(set) var traits: [Traits] = []

  /// The class of each ASCII character.
  private(set) var ascii: [UInt32] = []
  /// For each page of 256 code points its one class, or the place of its classes in `pages`.
  private(set) var pageTable: [UInt32] = []
  private(set) var pages: [UInt32] = []

  /// Marks an entry of `pageTable` that is a class.
  static let uniform: UInt32 = 1 << 31

  /// What stands before or after a place.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    static let lineFeed = Traits(rawValue: 1)
    static let carriageReturn = Traits(rawValue: 2)
    static let word = Traits(rawValue: 4)
    static let asciiWord = Traits(rawValue: 8)
    /// Nothing: the place is the start or the end of the text.
    static let edge = Traits(rawValue: 16)
  }

  /// The beginnings of intervals of one class, the first 0, and their classes.
  private var starts: [UInt32] = []
  private var classes: [UInt32] = []

  /// How many times an interval may be put into another class: a pattern with thousands of different
  /// sets of thousands of ranges is refused as too large.
  private static let workLimit = 50_000_000

  init(
    scalars: Set<UInt32>, sets: [CodePointSet], looks: Set<Look>
  ) throws(RegexSyntaxError) {
    let traitSets = Self.traitSets(for: looks)
    var cuts: Set<UInt32> = [0]
    for scalar in scalars { cuts.formUnion([scalar, scalar + 1]) }
    for set in sets + traitSets.map(\.set) {
      for range in set.ranges { cuts.formUnion([range.lowerBound, range.upperBound + 1]) }
    }
    starts = cuts.filter { $0 <= CodePointSet.last }.sorted()
    classes = [UInt32](repeating: 0, count: starts.count)
    var work = 0
    var nextClass: UInt32 = 1
    for set in sets + traitSets.map(\.set) {
      split(by: set, &nextClass, &work)
      guard work <= Self.workLimit else { throw .tooLarge }
    }
    for scalar in scalars.sorted() {
      classes[interval(of: scalar)] = nextClass
      nextClass += 1
    }
    renumber()
    traits = [Traits](repeating: [], count: count)
    for (trait, set) in traitSets {
      for range in set.ranges {
        for index in intervals(in: range) { traits[Int(classes[index])].insert(trait) }
      }
    }
    buildTables()
  }

  /// The class of a code point.
  func symbol(of scalar: UInt32) -> UInt32 { classes[interval(of: scalar)] }

  /// For each set the bits of its classes; throws if that is more than 8 MiB.
  func membership(
    of sets: [CodePointSet], rowWords: Int
  ) throws(RegexSyntaxError) -> [UInt64] {
    guard sets.count.multipliedReportingOverflow(by: rowWords).partialValue <= 1 << 20 else {
      throw .tooLarge
    }
    var bits = [UInt64](repeating: 0, count: sets.count * rowWords)
    for (row, set) in sets.enumerated() {
      for range in set.ranges {
        for index in intervals(in: range) {
          bits[row * rowWords + Int(classes[index] / 64)] |= 1 << UInt64(classes[index] % 64)
        }
      }
    }
    return bits
  }

  private static func traitSets(for looks: Set<Look>) -> [(trait: Traits, set: CodePointSet)] {
    var out: [(trait: Traits, set: CodePointSet)] = []
    let lines: Set<Look> = [.startLine, .endLine, .startLineCRLF, .endLineCRLF]
    let words: Set<Look> = [.word, .notWord, .wordStart, .wordEnd, .wordStartHalf, .wordEndHalf]
    let ascii: Set<Look> = [
      .asciiWord, .notASCIIWord, .asciiWordStart, .asciiWordEnd, .asciiWordStartHalf,
      .asciiWordEndHalf,
    ]
    if !looks.isDisjoint(with: lines) {
      out.append((.lineFeed, CodePointSet(0x0a)))
      out.append((.carriageReturn, CodePointSet(0x0d)))
    }
    if !looks.isDisjoint(with: words) { out.append((.word, UnicodeProperties.word)) }
    if !looks.isDisjoint(with: ascii) { out.append((.asciiWord, UnicodeProperties.asciiWord)) }
    return out
  }

  // MARK: Building

  private func interval(of scalar: UInt32) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private func intervals(in range: ClosedRange<UInt32>) -> Range<Int> {
    let first = interval(of: range.lowerBound)
    return first..<interval(of: range.upperBound) + 1
  }

  /// Gives the intervals in the set classes of their own: two that shared one still do.
  private mutating func split(by set: CodePointSet, _ nextClass: inout UInt32, _ work: inout Int) {
    var renamed: [UInt32: UInt32] = [:]
    for range in set.ranges {
      for index in intervals(in: range) {
        work += 1
        let old = classes[index]
        if let new = renamed[old] {
          classes[index] = new
        } else {
          renamed[old] = nextClass
          classes[index] = nextClass
          nextClass += 1
        }
      }
    }
  }

  private mutating func renumber() {
    var numbers: [UInt32: UInt32] = [:]
    for index in classes.indices {
      let number = numbers[classes[index]] ?? UInt32(numbers.count)
      numbers[classes[index]] = number
      classes[index] = number
    }
    count = numbers.count
  }

  private mutating func buildTables() {
    ascii = (0..<0x80).map { symbol(of: $0) }
    pageTable.reserveCapacity(0x1100)
    var at = 0
    for page in 0..<UInt32(0x1100) {
      let first = page << 8
      while at + 1 < starts.count, starts[at + 1] <= first { at += 1 }
      if at + 1 >= starts.count || starts[at + 1] > first + 0xff {
        pageTable.append(classes[at] | Self.uniform)
        continue
      }
      pageTable.append(UInt32(pages.count))
      for scalar in first...first + 0xff {
        while at + 1 < starts.count, starts[at + 1] <= scalar { at += 1 }
        pages.append(classes[at])
      }
    }
  }
}
