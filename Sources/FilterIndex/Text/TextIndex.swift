package import Model

/// The words of a segment's documents, ascending by UTF-8 bytes, and where the rows of each are listed. Reads the
/// bytes that `TextIndexBuilder` wrote in place.
package struct TextIndex: Sendable {
  /// Longer words are not indexed; it is known which rows have one.
  static let wordBytesMax = 32

  package let rowCount: Int
  private let wordCount: Int
  /// `wordCount + 1` u32: where each word begins in the texts.
  private let textStarts: ByteRegion
  /// `wordCount + 2` u32: where the rows of each word begin, and those of the rows with long words.
  private let rowStarts: ByteRegion
  /// A byte 0, and each word with a byte 0 behind it.
  private let texts: ByteRegion

  /// - Throws: if the bytes are not the words of an index.
  package init(_ words: ByteRegion, rowCount: Int) throws(BinaryError) {
    guard let count = words.load(at: 0, as: UInt32.self) else {
      throw BinaryError("text index is cut short")
    }
    wordCount = Int(count)
    let starts = 4 + 4 * (wordCount + 1)
    let rows = starts + 4 * (wordCount + 2)
    guard let textStarts = words.slice(4..<starts), let rowStarts = words.slice(starts..<rows),
      rows <= words.count, let texts = words.slice(rows..<words.count),
      let end = textStarts.load(at: 4 * wordCount, as: UInt32.self), Int(end) == texts.count
    else { throw BinaryError("words of a text index are cut short") }
    self.rowCount = rowCount
    self.textStarts = textStarts
    self.rowStarts = rowStarts
    self.texts = texts
  }

  // MARK: Looking up

  /// Where the rows are listed that may contain the pattern.
  /// - Returns: Nil where so much of the index would have to be read that it is no help.
  /// - Throws: Where the bytes contradict each other.
  package func plan(for pattern: TextPattern) throws(BinaryError) -> TextIndexPlan? {
    var parts: [TextIndexPlan.Part] = []
    for unit in pattern.units {
      guard let lists = try lists(of: unit) else { continue }
      parts.append(
        TextIndexPlan.Part(
          lists: lists,
          longRows: unit.mayBeInLongWord ? try rowRange(wordCount..<wordCount + 1) : nil))
    }
    guard !parts.isEmpty else { return nil }
    return TextIndexPlan(rowCount: rowCount, parts: parts, isExact: pattern.isOneUnit)
  }

  /// The lists of rows of all words that have the unit in its place; nil where they are too many.
  private func lists(of unit: TextPattern.Unit) throws(BinaryError) -> [Range<Int>]? {
    guard unit.bytes.count <= Self.wordBytesMax else { return [] }
    var words: [Range<Int>] = []
    if unit.place == .suffix || unit.place == .anywhere, unit.bytes.count < Self.innerBytesMin {
      return nil
    }
    switch unit.place {
    case .whole:
      let first = firstWord(notBelow: unit.bytes)
      if first < wordCount, hasPrefix(first, unit.bytes), length(first) == unit.bytes.count {
        words = [first..<first + 1]
      }
    case .prefix:
      let first = firstWord(notBelow: unit.bytes)
      words = [first..<max(first, firstWord(after: unit.bytes))]
    case .suffix: words = wordsWith(unit.bytes + [0])
    case .anywhere: words = wordsWith(unit.bytes)
    }
    guard words.reduce(0, { $0 + $1.count }) <= Self.wordsMax else { return nil }
    var lists: [Range<Int>] = []
    var byteCount = 0
    for word in words.joined() {
      let range = try rowRange(word..<word + 1)
      byteCount += range.count
      guard byteCount <= rowCount * 4 + Self.listBytesMin else { return nil }
      lists.append(range)
    }
    return lists
  }

  private static let wordsMax = 10_000
  /// A shorter part is in too many words.
  private static let innerBytesMin = 2
  private static let listBytesMin = 64 << 10

  private func rowRange(_ words: Range<Int>) throws(BinaryError) -> Range<Int> {
    guard let start = rowStarts.load(at: 4 * words.lowerBound, as: UInt32.self),
      let end = rowStarts.load(at: 4 * words.upperBound, as: UInt32.self), start <= end
    else { throw BinaryError("rows of word \(words.lowerBound) end before they begin") }
    return Int(start)..<Int(end)
  }

  // MARK: Words

  private func textStart(_ word: Int) -> Int {
    Int(textStarts.load(at: 4 * word, as: UInt32.self) ?? 0)
  }

  private func length(_ word: Int) -> Int { textStart(word + 1) - textStart(word) - 1 }

  private func text(_ word: Int) -> ByteRegion? {
    let start = textStart(word)
    let end = textStart(word + 1) - 1
    return start <= end ? texts.slice(start..<end) : nil
  }

  private func hasPrefix(_ word: Int, _ prefix: [UInt8]) -> Bool {
    text(word)?.withBytes { $0.starts(with: prefix) } ?? false
  }

  /// The first word that is not less than the bytes.
  private func firstWord(notBelow bytes: [UInt8]) -> Int {
    partition { $0.lexicographicallyPrecedes(bytes) }
  }

  /// The first word that is greater than the bytes and all that begin with them.
  private func firstWord(after bytes: [UInt8]) -> Int {
    partition { $0.lexicographicallyPrecedes(bytes) || $0.starts(with: bytes) }
  }

  private func partition(_ isBefore: (UnsafeRawBufferPointer) -> Bool) -> Int {
    var low = 0
    var high = wordCount
    while low < high {
      let middle = (low + high) / 2
      if text(middle)?.withBytes(isBefore) ?? false { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The words in which the bytes occur; those of more than `wordsMax` words need not all be there.
  private func wordsWith(_ bytes: [UInt8]) -> [Range<Int>] {
    let search = SubstringSearch(bytes)
    var words: [Range<Int>] = []
    var from = 0
    texts.withBytes { texts in
      while from < texts.count, words.count <= Self.wordsMax {
        let rest = UnsafeRawBufferPointer(rebasing: texts[from...])
        guard let found = search.firstPlace(in: rest.bindMemory(to: UInt8.self)) else { break }
        let word = self.word(at: from + found)
        words.append(word..<word + 1)
        from = max(textStart(word + 1), from + found + 1)
      }
    }
    return words
  }

  /// The word that a place of the texts is in.
  private func word(at place: Int) -> Int {
    var low = 0
    var high = wordCount
    while low < high {
      let middle = (low + high) / 2
      if textStart(middle + 1) <= place { low = middle + 1 } else { high = middle }
    }
    return min(low, max(wordCount - 1, 0))
  }
}

/// Which lists of rows answer a pattern.
package struct TextIndexPlan: Sendable {
  struct Part: Sendable {
    let lists: [Range<Int>]
    /// The list of rows that have words too long for the index, where what is looked for may be in one of these.
    let longRows: Range<Int>?
  }

  let rowCount: Int
  let parts: [Part]
  /// Whether a row that is listed contains the pattern for certain, long words apart.
  let isExact: Bool

  /// The places of all lists in the section of rows, in an order of their own.
  package var ranges: [Range<Int>] {
    parts.flatMap { part in part.lists + (part.longRows.map { [$0] } ?? []) }
  }

  /// What the lists say; `lists` has the bytes of each of the ranges.
  /// - Returns: Nil where some are missing.
  package func bounds(_ lists: [ByteRegion]) -> RowBounds? {
    guard lists.count == ranges.count else { return nil }
    let wordCount = (rowCount + 63) / 64
    var possible = RowSet(count: rowCount, filledWith: true)
    var certain = RowSet(count: rowCount, filledWith: false)
    var rest = lists[...]
    for part in parts {
      var words = [UInt64](repeating: 0, count: wordCount)
      for list in rest.prefix(part.lists.count) {
        PostingList.add(list, rowCount: rowCount, to: &words)
      }
      rest = rest.dropFirst(part.lists.count)
      if isExact { certain = RowSet(count: rowCount, words: words) }
      if part.longRows != nil, let list = rest.popFirst() {
        PostingList.add(list, rowCount: rowCount, to: &words)
      }
      possible.formIntersection(RowSet(count: rowCount, words: words))
    }
    return RowBounds(certain: certain, possible: possible)
  }
}
