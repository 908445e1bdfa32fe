/// Appends little-endian numbers, lengths and bytes: the one way in which Apus's binary formats are written.
package struct BinaryWriter: Sendable {
  package private(set) var bytes: [UInt8]

  package init(reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  package var count: Int { bytes.count }

  /// Drops everything that was written since `count` was this.
  package mutating func truncate(to count: Int) {
    bytes.removeLast(bytes.count - count)
  }

  package mutating func write<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
  package mutating func write(_ value: Double) { write(value.bitPattern) }
  package mutating func write(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

  /// An unsigned LEB128 number: 7 bits a byte, low bits first.
  package mutating func write(length: Int) {
    var rest = UInt64(length)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Length in bytes, then UTF-8.
  package mutating func write(_ text: Text) {
    write(length: text.utf8Count)
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ id: UniqueID) {
    write(id.high)
    write(id.low)
  }

  /// The floats' bit patterns, little-endian, without a length.
  package mutating func write(floats: some Collection<Float>) {
    #if _endian(little)
      let copied: Void? = floats.withContiguousStorageIfAvailable {
        bytes.append(contentsOf: UnsafeRawBufferPointer($0))
      }
      if copied != nil { return }
    #endif
    for float in floats { write(float.bitPattern) }
  }

  /// A byte for presence, then the value where there is one.
  package mutating func write<T>(
    optional value: T?, _ body: (inout BinaryWriter, T) -> Void
  ) {
    write(value != nil)
    if let value { body(&self, value) }
  }
}
