import Model

/// Collects the words of a segment's documents, with the rows of each.
package struct TextIndexBuilder: Sendable {
  private struct Word: Sendable {
    /// Of words of up to eight bytes, these; of others a hash.
    let key: UInt64
    let start: UInt32
    let length: UInt32
    /// The last row that has it.
    var lastRow: UInt32
    var rowCount: UInt32
  }

  private let seed: UInt64
  private let wordsMax: Int
  private var words: [Word] = []
  /// The words' bytes, one after the other.
  private var arena: [UInt8] = []
  /// A hash table with linear probing: one more than the word's number, or 0. Its size is a power of two.
  private var slots = [UInt32](repeating: 0, count: 1024)
  /// Per row its words, each once.
  private var wordsOfRows: [UInt32] = []
  private var firstWordOfRow: [UInt32] = [0]
  private var longRows: [UInt32] = []
  /// Documents have more than an index can hold: it has none then.
  private var isFull = false

  /// `seed` is random, so that nobody can choose words that collide. With more than `wordsMax` different words there is
  /// no index: it would take more memory than it is worth.
  package init(seed: UInt64, wordsMax: Int = 2_000_000) {
    self.seed = seed | 1
    self.wordsMax = wordsMax
  }

  private var rowCount: Int { firstWordOfRow.count - 1 }

  /// About the bytes that the index will have.
  package var estimatedBytes: Int { arena.count + words.count * 10 + wordsOfRows.count * 5 / 4 }

  /// Adds the next row's document.
  package mutating func append(_ document: UnsafeBufferPointer<UInt8>?) {
    if let document, !isFull {
      let row = UInt32(rowCount)
      var isLong = false
      var scanner = WordScanner(document)
      while !isFull, let unit = scanner.next() {
        guard unit.range.count <= TextIndex.wordBytesMax else {
          isLong = true
          continue
        }
        add(UnsafeRawBufferPointer(document), unit.range, row)
      }
      if isLong { longRows.append(row) }
      if wordsOfRows.count > Self.postingsMax { isFull = true }
      if isFull { giveUp() }
    }
    firstWordOfRow.append(UInt32(wordsOfRows.count))
  }

  /// What one document adds stays within 32 bits above this.
  private static let postingsMax = 1 << 29

  private mutating func giveUp() {
    words = []
    arena = []
    slots = []
    wordsOfRows = []
    longRows = []
  }

  @inline(__always)
  private mutating func add(
    _ document: UnsafeRawBufferPointer, _ range: Range<Int>, _ row: UInt32
  ) {
    let key = key(document, range)
    let mask = slots.count &- 1
    var slot = slot(of: key, range.count) & mask
    while true {
      let found = slots[slot]
      if found == 0 { break }
      let index = Int(found &- 1)
      if words[index].key == key, words[index].length == range.count,
        range.count <= 8 || isWord(index, document, range)
      {
        guard words[index].lastRow != row else { return }
        words[index].lastRow = row
        words[index].rowCount &+= 1
        wordsOfRows.append(UInt32(index))
        return
      }
      slot = (slot &+ 1) & mask
    }
    guard words.count < wordsMax else {
      isFull = true
      return
    }
    slots[slot] = UInt32(words.count &+ 1)
    wordsOfRows.append(UInt32(words.count))
    words.append(
      Word(
        key: key, start: UInt32(arena.count), length: UInt32(range.count), lastRow: row,
        rowCount: 1))
    arena.append(contentsOf: UnsafeRawBufferPointer(rebasing: document[range]))
    if words.count &* 2 > slots.count { grow() }
  }

  private func isWord(_ index: Int, _ document: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool
  {
    let start = Int(words[index].start)
    return arena.withUnsafeBytes { arena in
      for at in 0..<range.count where arena[start &+ at] != document[range.lowerBound &+ at] {
        return false
      }
      return true
    }
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 4)
    let mask = slots.count - 1
    for (index, word) in words.enumerated() {
      var slot = slot(of: word.key, Int(word.length)) & mask
      while slots[slot] != 0 { slot = (slot &+ 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }

  @inline(__always)
  private func key(_ document: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
    guard range.count <= 8 else {
      return Self.hash(UnsafeRawBufferPointer(rebasing: document[range]), seed: seed)
    }
    guard range.lowerBound &+ 8 <= document.count else {
      return document[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let word = UInt64(
      littleEndian: document.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
    return word & (~0 &>> UInt64(truncatingIfNeeded: 64 &- range.count &* 8))
  }

  /// Folds a product, as in wyhash: the seed decides which words share a slot.
  @inline(__always)
  private func slot(of key: UInt64, _ length: Int) -> Int {
    let product = (key ^ seed).multipliedFullWidth(
      by: seed ^ 0x9E37_79B9_7F4A_7C14 &+ UInt64(truncatingIfNeeded: length))
    return Int(truncatingIfNeeded: (product.high ^ product.low) >> 20)
  }

  /// Folded products of eight bytes each, as in wyhash.
  private static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var hash = UInt64(bytes.count)
    var at = 0
    while at < bytes.count {
      var part: UInt64 = 0
      if at &+ 8 <= bytes.count {
        part = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      } else {
        for byte in at..<bytes.count { part = part << 8 | UInt64(bytes[byte]) }
      }
      let product = (hash ^ part ^ seed).multipliedFullWidth(by: seed ^ 0x9E37_79B9_7F4A_7C14)
      hash = product.high ^ product.low
      at &+= 8
    }
    return hash
  }

  /// The index as two sections: the words in order with the place of each one's rows, and the rows. The same
  /// documents give the same bytes. Nil where there is too much for one.
  package func finish() -> (words: [UInt8], rows: [UInt8])? {
    guard !isFull else { return nil }
    let order = sortedWords()
    let lists = rowsOfWords()
    var rows: [UInt8] = []
    var table = BinaryWriter(reservingCapacity: words.count * 8 + arena.count + words.count + 16)
    table.write(UInt32(words.count))
    var start: UInt32 = 1
    for index in order {
      table.write(start)
      start += words[Int(index)].length + 1
    }
    table.write(start)
    lists.rows.withUnsafeBufferPointer { all in
      for index in order {
        table.write(UInt32(rows.count))
        let range = lists.starts[Int(index)]..<lists.starts[Int(index) + 1]
        PostingList.write(
          UnsafeBufferPointer(rebasing: all[range]), rowCount: rowCount, into: &rows)
      }
    }
    table.write(UInt32(rows.count))
    longRows.withUnsafeBufferPointer {
      PostingList.write($0, rowCount: rowCount, into: &rows)
    }
    table.write(UInt32(rows.count))
    table.write(UInt8(0))
    for index in order {
      let word = words[Int(index)]
      table.write(raw: arena[Int(word.start)..<Int(word.start + word.length)])
      table.write(UInt8(0))
    }
    return (table.bytes, rows)
  }

  /// The words' numbers, ascending by bytes.
  private func sortedWords() -> [UInt32] {
    // The first eight bytes decide most comparisons.
    let keys = arena.withUnsafeBytes { arena in
      words.map { word in
        var key: UInt64 = 0
        for at in 0..<8 {
          let byte = at < word.length ? arena[Int(word.start) + at] : 0
          key = key << 8 | UInt64(byte)
        }
        return key
      }
    }
    return arena.withUnsafeBytes { arena in
      (0..<UInt32(words.count)).sorted { a, b in
        let (keyA, keyB) = (keys[Int(a)], keys[Int(b)])
        if keyA != keyB { return keyA < keyB }
        let (wordA, wordB) = (words[Int(a)], words[Int(b)])
        return arena[Int(wordA.start)..<Int(wordA.start + wordA.length)]
          .lexicographicallyPrecedes(arena[Int(wordB.start)..<Int(wordB.start + wordB.length)])
      }
    }
  }

  /// Per word where its rows begin, and the rows of all words.
  private func rowsOfWords() -> (starts: [Int], rows: [UInt32]) {
    var starts = [Int](repeating: 0, count: words.count + 1)
    for (index, word) in words.enumerated() {
      starts[index + 1] = starts[index] + Int(word.rowCount)
    }
    var next = starts
    var rows = [UInt32](repeating: 0, count: wordsOfRows.count)
    for row in 0..<rowCount {
      for at in Int(firstWordOfRow[row])..<Int(firstWordOfRow[row + 1]) {
        let word = Int(wordsOfRows[at])
        rows[next[word]] = UInt32(row)
        next[word] += 1
      }
    }
    return (starts, rows)
  }
}
