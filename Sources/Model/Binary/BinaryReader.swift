/// Why bytes could not be read as what they should be; lower case, with the offset.
public struct BinaryError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package init(_ message: String) { self.message = message }
  /// The message.
  public var description: String { message }
}

/// Reads what `BinaryWriter` wrote. Every length is checked against what is left, so that damaged bytes give an
/// error and never a trap or an allocation beyond their own size.
public struct BinaryReader: Sendable {
  @usableFromInline let bytes: ArraySlice<UInt8>
  @usableFromInline var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Bytes that are left.
  @inlinable
  public var remaining: Int { bytes.endIndex - position }
  package var offset: Int { position - bytes.startIndex }

  @inlinable
  mutating func take(_ count: Int, _ what: StaticString) throws(BinaryError) -> Range<Int> {
    guard count >= 0, count <= remaining else { throw isCutShort(count, what) }
    let range = position..<position + count
    position += count
    return range
  }

  @usableFromInline @inline(never)
  func isCutShort(_ count: Int, _ what: StaticString) -> BinaryError {
    BinaryError("\(what) of \(count) bytes at offset \(offset) where \(remaining) are left")
  }

  @usableFromInline @inline(never)
  func isNoFlag(_ byte: UInt8) -> BinaryError {
    BinaryError("flag \(byte) at offset \(offset - 1)")
  }

  /// A little-endian number.
  @inlinable
  public mutating func readInteger<T: FixedWidthInteger>(
    _: T.Type = T.self
  ) throws(BinaryError) -> T {
    let range = try take(MemoryLayout<T>.size, "number")
    var value = T.zero
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes[range]) }
    return T(littleEndian: value)
  }

  /// A byte that is 0 or 1.
  @inlinable
  public mutating func readBool() throws(BinaryError) -> Bool {
    let byte = try readInteger(UInt8.self)
    guard byte <= 1 else { throw isNoFlag(byte) }
    return byte == 1
  }

  package mutating func readDouble() throws(BinaryError) -> Double {
    Double(bitPattern: try readInteger())
  }

  package mutating func readRaw(_ count: Int) throws(BinaryError) -> ArraySlice<UInt8> {
    bytes[try take(count, "block")]
  }

  /// A length; what it counts takes at least `unit` bytes each, so a larger one than fits is damage.
  package mutating func readLength(unit: Int = 1) throws(BinaryError) -> Int {
    let start = offset
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      let byte = try readInteger(UInt8.self)
      value |= UInt64(byte & 0x7f) << shift
      guard byte < 0x80 else { continue }
      guard value <= UInt64(remaining / max(unit, 1)) || unit == 0, value <= UInt64(Int32.max) << 16
      else {
        throw BinaryError("length \(value) at offset \(start) where \(remaining) bytes are left")
      }
      return Int(value)
    }
    throw BinaryError("length of more than 63 bits at offset \(start)")
  }

  package mutating func readText() throws(BinaryError) -> Text {
    let count = try readLength()
    let start = offset
    guard let text = Text(utf8: try readRaw(count)) else {
      throw BinaryError("text at offset \(start) that is not UTF-8")
    }
    return text
  }

  package mutating func readID() throws(BinaryError) -> UniqueID {
    UniqueID(high: try readInteger(), low: try readInteger())
  }

  package mutating func readFloats(_ count: Int) throws(BinaryError) -> [Float] {
    guard count >= 0, count <= remaining / 4 else {
      throw BinaryError("\(count) floats at offset \(offset) where \(remaining) bytes are left")
    }
    let range = try take(count * 4, "floats")
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes[range])
      #if _endian(big)
        for index in 0..<count {
          buffer[index] = Float(bitPattern: UInt32(littleEndian: buffer[index].bitPattern))
        }
      #endif
      initialized = count
    }
  }

  /// A byte for presence, then the value where there is one.
  @inlinable
  public mutating func readOptional<T>(
    _ body: (inout BinaryReader) throws(BinaryError) -> T
  ) throws(BinaryError) -> T? {
    try readBool() ? try body(&self) : nil
  }

  /// Throws if bytes are left.
  package func finish() throws(BinaryError) {
    guard remaining == 0 else {
      throw BinaryError("\(remaining) bytes at offset \(offset) after the end")
    }
  }
}
