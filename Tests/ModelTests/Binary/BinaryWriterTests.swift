import Model
import Testing

@Suite("BinaryWriter")
struct BinaryWriterTests {
  private func bytes(_ body: (inout BinaryWriter) -> Void) -> [UInt8] {
    var writer = BinaryWriter()
    body(&writer)
    return writer.bytes
  }

  @Test("numbers are little-endian")
  func numbers() {
    #expect(bytes { $0.write(UInt16(0x0102)) } == [2, 1])
    #expect(bytes { $0.write(UInt32(0x0102_0304)) } == [4, 3, 2, 1])
    #expect(bytes { $0.write(Int64(-2)) } == [0xfe] + [UInt8](repeating: 0xff, count: 7))
    #expect(bytes { $0.write(1.0) } == [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
    #expect(bytes { $0.write(floats: [1, -0.5]) } == [0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf])
    #expect(bytes { $0.write(true) } == [1])
  }

  @Test(
    "lengths are unsigned LEB128",
    arguments: [
      (0, [0]), (1, [1]), (127, [0x7f]), (128, [0x80, 1]), (300, [0xac, 2]),
      (16_383, [0xff, 0x7f]), (16_384, [0x80, 0x80, 1]),
    ] as [(Int, [UInt8])])
  func lengths(length: Int, expected: [UInt8]) {
    #expect(bytes { $0.write(length: length) } == expected)
  }

  @Test("a text is its length in bytes and its UTF-8; an id is two little-endian halves")
  func textAndID() {
    #expect(bytes { $0.write("\u{e9}" as Text) } == [2, 0xc3, 0xa9])
    let id = UniqueID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
    #expect(
      bytes { $0.write(id) } == [
        8, 7, 6, 5, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
      ])
  }

  @Test("an optional is a flag and then the value")
  func optionals() {
    #expect(bytes { $0.write(optional: UInt8(9)) { $0.write($1) } } == [1, 9])
    #expect(bytes { $0.write(optional: UInt8?.none) { $0.write($1) } } == [0])
  }

  @Test("truncating drops what was written since")
  func truncation() {
    var writer = BinaryWriter()
    writer.write(UInt16(1))
    let count = writer.count
    writer.write("dropped" as Text)
    writer.truncate(to: count)
    #expect(writer.bytes == [1, 0])
  }

  @Test("floats that are not contiguous are written alike")
  func strided() {
    let floats: [Float] = [1, .nan, -0.0, .infinity, .leastNonzeroMagnitude]
    let reversed = bytes { $0.write(floats: floats.reversed()) }
    #expect(reversed == bytes { $0.write(floats: Array(floats.reversed())) })
  }
}
