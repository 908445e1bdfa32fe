import Model
import VectorIndex

/// Texts by row, of which some may be missing: `count + 1` u32 where each begins, a bit per row for presence
/// (padded to whole bytes), and the texts themselves, here or in a section of their own.
struct TextTable: Sendable {
  private let count: Int
  private let table: ByteRegion
  /// Nil where the texts are elsewhere.
  private let texts: ByteRegion?

  static func bytes(rowCount: Int) -> Int { 4 * (rowCount + 1) + (rowCount + 7) / 8 }

  /// `textBytes` is the size of the section with the texts, where that is another; nil for this one.
  init(_ region: ByteRegion, rowCount: Int, textBytes: Int? = nil) throws(BinaryError) {
    let tableBytes = Self.bytes(rowCount: rowCount)
    guard let table = region.slice(0..<min(tableBytes, max(region.count, 0))),
      table.count == tableBytes, let end = table.load(at: 4 * rowCount, as: UInt32.self)
    else { throw BinaryError("a table of texts is cut short") }
    count = rowCount
    self.table = table
    if let textBytes {
      guard Int(end) == textBytes else { throw BinaryError("a table of texts has another end") }
      texts = nil
    } else {
      guard let texts = region.slice(tableBytes..<tableBytes + Int(end)),
        tableBytes + Int(end) == region.count
      else { throw BinaryError("texts are cut short") }
      self.texts = texts
    }
    try checkOrder()
  }

  /// No text may end before it begins, or later accesses would have to expect it.
  private func checkOrder() throws(BinaryError) {
    let isOrdered = table.withBytes { bytes in
      var last: UInt32 = 0
      for row in 0...count {
        let start = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: row &* 4, as: UInt32.self))
        if start < last { return false }
        last = start
      }
      return true
    }
    guard isOrdered else { throw BinaryError("a table of texts is out of order") }
  }

  func isPresent(_ row: Int) -> Bool {
    guard row >= 0, row < count,
      let byte = table.load(at: 4 * (count + 1) + row / 8, as: UInt8.self)
    else { return false }
    return byte & 1 << UInt8(row % 8) != 0
  }

  /// Where the row's text is among the texts.
  func range(_ row: Int) -> Range<Int> {
    guard row >= 0, row < count, let start = table.load(at: 4 * row, as: UInt32.self),
      let end = table.load(at: 4 * row + 4, as: UInt32.self), start <= end
    else { return 0..<0 }
    return Int(start)..<Int(end)
  }

  /// Has what says where the row's text is brought into the cache, and then the text.
  func prefetchRange(_ row: Int) {
    Prefetch.bytes(4 * row..<4 * row + 8, of: table)
    let presence = 4 * (count + 1) + row / 8
    Prefetch.bytes(presence..<presence + 1, of: table)
  }
  func prefetchText(_ row: Int) {
    if let texts { Prefetch.bytes(range(row), of: texts) }
  }

  /// The row's bytes; nil where it has none.
  func bytes(_ row: Int) -> ByteRegion? {
    isPresent(row) ? texts?.slice(range(row)) : nil
  }
}

/// Writes what `TextTable` reads.
struct TextTableBuilder: Sendable {
  private var starts: [UInt32] = [0]
  private var presence: [UInt8] = []
  private(set) var texts: [UInt8] = []

  var count: Int { starts.count - 1 }

  /// - Returns: false, and nothing is added, where the texts would become too many.
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>?) -> Bool {
    let added = bytes?.count ?? 0
    guard added <= SegmentFormat.sectionBytesMax - texts.count else { return false }
    if count.isMultiple(of: 8) { presence.append(0) }
    if let bytes {
      presence[presence.count - 1] |= 1 << UInt8(count % 8)
      texts.append(contentsOf: bytes)
    }
    starts.append(UInt32(texts.count))
    return true
  }

  mutating func append(_ text: Text?) -> Bool {
    guard let text else { return append(nil as UnsafeBufferPointer<UInt8>?) }
    return text.withUTF8 { append($0) }
  }

  mutating func reserve(_ bytes: Int) { texts.reserveCapacity(bytes) }

  /// The texts, which are then not kept here any more.
  mutating func takeTexts() -> [UInt8] {
    defer { texts = [] }
    return texts
  }

  func writeTable(into writer: inout BinaryWriter) {
    for start in starts { writer.write(start) }
    writer.write(raw: presence)
  }
}
