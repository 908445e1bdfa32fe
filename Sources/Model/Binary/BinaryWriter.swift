/// Appends little-endian numbers, lengths and bytes: the one way in which Apus's binary formats are written.
public struct BinaryWriter: Sendable {
  @usableFromInline var written: [UInt8] = []

  package init(reservingCapacity capacity: Int = 0) { written.reserveCapacity(capacity) }

  /// What was written.
  @inlinable public var bytes: [UInt8] { written }

  /// Bytes that were written.
  @inlinable public var count: Int { written.count }

  /// Drops everything that was written since `count` was this.
  package mutating func truncate(to count: Int) {
    written.removeLast(written.count - count)
  }

  /// Writes the bytes in place of the first ones, of which there must be as many at least.
  package mutating func replaceFirst(with bytes: [UInt8]) {
    precondition(bytes.count <= written.count)
    written.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// A little-endian number.
  @inlinable
  public mutating func write<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { written.append(contentsOf: $0) }
  }

  /// A byte, 1 for true.
  @inlinable
  public mutating func write(_ value: Bool) { written.append(value ? 1 : 0) }

  /// The bit pattern, little-endian.
  @inlinable
  public mutating func write(_ value: Double) { write(value.bitPattern) }

  /// Bytes as they are.
  @inlinable
  public mutating func write(raw: some Sequence<UInt8>) { written.append(contentsOf: raw) }

  /// An unsigned LEB128 number: 7 bits a byte, low bits first.
  @inlinable
  public mutating func write(length: Int) {
    var rest = UInt64(length)
    while rest >= 0x80 {
      written.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    written.append(UInt8(rest))
  }

  /// Length in bytes, then UTF-8.
  package mutating func write(_ text: Text) {
    write(length: text.utf8Count)
    text.withUTF8 { written.append(contentsOf: $0) }
  }

  package mutating func write(_ id: UniqueID) {
    write(id.high)
    write(id.low)
  }

  /// The floats' bit patterns, little-endian, without a length.
  @inlinable
  public mutating func write(floats: some Collection<Float>) {
    #if _endian(little)
      let copied: Void? = floats.withContiguousStorageIfAvailable {
        written.append(contentsOf: UnsafeRawBufferPointer($0))
      }
      if copied != nil { return }
    #endif
    for float in floats { write(float.bitPattern) }
  }

  /// A byte for presence, then the value where there is one.
  @inlinable
  public mutating func write<T>(
    optional value: T?, _ body: (inout BinaryWriter, T) -> Void
  ) {
    write(value != nil)
    if let value { body(&self, value) }
  }
}
