package import Model
import ObjectStore

/// A set of dead rows as bytes: within a manifest, or as an object of its own.
package enum DeletionVector {
  /// "APDV"
  static let magic: UInt32 = 0x5644_5041
  static let version = FormatVersion.newest

  private enum Form {
    /// The distance of each row from the one before, less one, as lengths.
    static let list: UInt8 = 0
    /// A bit per row.
    static let bitmap: UInt8 = 1
  }

  /// The shorter of two forms.
  package static func encode(_ rows: RowSet) -> [UInt8] {
    var list = BinaryWriter()
    list.write(Form.list)
    list.write(length: rows.memberCount)
    var next = 0
    let bitmapBytes = (rows.count + 7) / 8
    for row in rows {
      list.write(length: row - next)
      next = row + 1
      if list.count > bitmapBytes { break }
    }
    if list.count <= bitmapBytes { return list.bytes }
    var bitmap = BinaryWriter(reservingCapacity: bitmapBytes + 1)
    bitmap.write(Form.bitmap)
    for byte in 0..<bitmapBytes {
      bitmap.write(UInt8(truncatingIfNeeded: rows.words[byte / 8] >> UInt64(byte % 8 * 8)))
    }
    return bitmap.bytes
  }

  package static func decode(_ bytes: [UInt8], rowCount: Int) throws(BinaryError) -> RowSet {
    var reader = BinaryReader(bytes)
    var rows = RowSet(count: rowCount, filledWith: false)
    switch try reader.readInteger(UInt8.self) {
    case Form.list:
      var next = 0
      for _ in 0..<(try reader.readLength()) {
        let row = next + (try reader.readLength(unit: 0))
        guard row < rowCount else { throw BinaryError("row \(row) of \(rowCount) is dead") }
        rows[row] = true
        next = row + 1
      }
    case Form.bitmap:
      let raw = Array(try reader.readRaw((rowCount + 7) / 8))
      for row in 0..<rowCount where raw[row / 8] & 1 << UInt8(row % 8) != 0 { rows[row] = true }
    case let form: throw BinaryError("dead rows in form \(form), which is not known")
    }
    try reader.finish()
    return rows
  }

  /// As an object, with magic number, version and checksum.
  package static func encodeObject(_ rows: RowSet) -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(magic)
    writer.write(version)
    writer.write(UInt16(0))
    writer.write(length: rows.count)
    let bytes = encode(rows)
    writer.write(length: bytes.count)
    writer.write(raw: bytes)
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  package static func decodeObject(
    _ object: [UInt8], rowCount: Int, key: String
  ) throws(SegmentError) -> RowSet {
    var isNewer: UInt16?
    do throws(BinaryError) {
      guard object.count > 12 else { throw BinaryError("\(object.count) bytes are too few") }
      var reader = BinaryReader(object[..<(object.count - 4)])
      var tail = BinaryReader(object[(object.count - 4)...])
      guard try reader.readInteger(UInt32.self) == magic else {
        throw BinaryError("does not begin as a deletion vector")
      }
      guard try tail.readInteger(UInt32.self) == CRC32C.checksum(object[..<(object.count - 4)])
      else { throw BinaryError("checksum does not match") }
      let found = try reader.readInteger(UInt16.self)
      guard found <= version else {
        isNewer = found
        throw BinaryError("newer")
      }
      _ = try reader.readInteger(UInt16.self)
      let count = try reader.readLength(unit: 0)
      guard count == rowCount else {
        throw BinaryError("is for \(count) rows where the segment has \(rowCount)")
      }
      let bytes = Array(try reader.readRaw(try reader.readLength()))
      try reader.finish()
      return try decode(bytes, rowCount: rowCount)
    } catch {
      if let isNewer { throw .newerFormat(key: key, version: isNewer) }
      throw .damaged(key: key, reason: error.message)
    }
  }
}
