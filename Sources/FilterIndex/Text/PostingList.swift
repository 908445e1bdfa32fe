import Model

/// The rows that have something, as bytes: for each row the difference to the one before (for the first: to -1),
/// seven bits per byte, low ones first, the high bit set where more follow; or a byte 0 and a bit per row, low
/// bits first, where that is shorter.
enum PostingList {
  static func write(_ rows: UnsafeBufferPointer<UInt32>, rowCount: Int, into bytes: inout [UInt8]) {
    let bitmapBytes = (rowCount + 7) / 8 + 1
    guard rows.count < bitmapBytes else { return writeBitmap(rows, bitmapBytes, into: &bytes) }
    let start = bytes.count
    var last: UInt32 = .max
    for row in rows {
      var difference = row &- last
      last = row
      while difference >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: difference) | 0x80)
        difference >>= 7
      }
      bytes.append(UInt8(truncatingIfNeeded: difference))
    }
    guard bytes.count - start > bitmapBytes else { return }
    bytes.removeSubrange(start...)
    writeBitmap(rows, bitmapBytes, into: &bytes)
  }

  private static func writeBitmap(
    _ rows: UnsafeBufferPointer<UInt32>, _ bitmapBytes: Int, into bytes: inout [UInt8]
  ) {
    let start = bytes.count + 1
    bytes.append(contentsOf: repeatElement(0, count: bitmapBytes))
    for row in rows { bytes[start + Int(row >> 3)] |= 1 << UInt8(row & 7) }
  }

  /// Calls `body` with each row, ascending. Rows from `rowCount` on, which only damage can name, are left out.
  static func forEachRow(
    in bytes: UnsafeRawBufferPointer, rowCount: Int, _ body: (Int) -> Void
  ) {
    guard let first = bytes.first else { return }
    if first == 0 {
      for at in 1..<bytes.count {
        var byte = bytes[at]
        while byte != 0 {
          let row = (at &- 1) &* 8 &+ byte.trailingZeroBitCount
          byte &= byte &- 1
          if row < rowCount { body(row) }
        }
      }
      return
    }
    var row = -1
    var at = 0
    while at < bytes.count {
      var difference = 0
      var shift = 0
      while at < bytes.count {
        let byte = bytes[at]
        at &+= 1
        difference |= Int(byte & 0x7F) &<< shift
        shift &+= 7
        if byte < 0x80 || shift > 28 { break }
      }
      row &+= difference
      guard row >= 0, row < rowCount else { return }
      body(row)
    }
  }

  /// Adds the rows to a set that is given as words of 64 bits, enough for `rowCount`.
  static func add(
    _ region: ByteRegion, rowCount: Int, to words: inout [UInt64]
  ) {
    region.withBytes { bytes in
      words.withUnsafeMutableBufferPointer { words in
        forEachRow(in: bytes, rowCount: rowCount) { row in
          words[row >> 6] |= 1 << UInt64(row & 63)
        }
      }
    }
  }
}
