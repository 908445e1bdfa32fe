import Model
import Testing

@Suite("BinaryReader")
struct BinaryReaderTests {
  private func failure(
    _ bytes: [UInt8], _ body: (inout BinaryReader) throws(BinaryError) -> Void
  ) -> BinaryError? {
    var reader = BinaryReader(bytes)
    do throws(BinaryError) {
      try body(&reader)
      return nil
    } catch {
      return error
    }
  }

  @Test("reads back what was written, bit for bit")
  func roundTrip() throws {
    var writer = BinaryWriter()
    writer.write(UInt8(200))
    writer.write(Int64.min)
    writer.write(true)
    writer.write(Double(bitPattern: 0x7ff8_0000_0000_0001))
    writer.write(length: 1000)
    writer.write(raw: [UInt8](repeating: 7, count: 1000))
    writer.write("e\u{301}" as Text)
    writer.write(UniqueID(high: 1, low: 2))
    writer.write(floats: [Float(bitPattern: 0x7fc0_0001), -0.0])
    writer.write(optional: Text?.some("x")) { $0.write($1) }

    var reader = BinaryReader(writer.bytes)
    #expect(try reader.readInteger(UInt8.self) == 200)
    #expect(try reader.readInteger(Int64.self) == .min)
    #expect(try reader.readBool())
    #expect(try reader.readDouble().bitPattern == 0x7ff8_0000_0000_0001)
    #expect(try reader.readLength() == 1000)
    #expect(try reader.readRaw(1000).allSatisfy { $0 == 7 })
    #expect(try reader.readText() == "e\u{301}")
    #expect(try reader.readID() == UniqueID(high: 1, low: 2))
    #expect(try reader.readFloats(2).map(\.bitPattern) == [0x7fc0_0001, 0x8000_0000])
    #expect(
      try reader.readOptional { reader throws(BinaryError) in try reader.readText() } == "x")
    try reader.finish()
  }

  @Test("a slice that does not begin at 0 is read from its own beginning")
  func slice() throws {
    let bytes: [UInt8] = [9, 9, 1, 2, 3, 9]
    var reader = BinaryReader(bytes[2..<5])
    #expect(reader.remaining == 3)
    #expect(try reader.readInteger(UInt16.self) == 0x0201)
    #expect(reader.offset == 2)
    #expect(try reader.readRaw(1) == [3])
    #expect(failure([]) { reader throws(BinaryError) in _ = try reader.readBool() } != nil)
  }

  @Test("lengths at the limits of their bytes are read back")
  func lengths() throws {
    for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 1 << 40] {
      var writer = BinaryWriter()
      writer.write(length: length)
      var reader = BinaryReader(writer.bytes)
      #expect(try reader.readLength(unit: 0) == length)
      try reader.finish()
    }
  }

  @Test(
    "a length that promises more than is left is an error",
    arguments: [
      ([1], 1), ([2, 0], 1), ([0xff, 0xff, 0xff, 0xff, 0x0f, 0], 1), ([1, 0, 0, 0, 0, 0, 0, 0], 8),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 1),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 0),
    ] as [([UInt8], Int)])
  func hostileLength(bytes: [UInt8], unit: Int) {
    let error = failure(bytes) { reader throws(BinaryError) in
      _ = try reader.readLength(unit: unit)
    }
    #expect(error?.message.hasPrefix("length ") == true)
  }

  @Test(
    "a length that has no end, or none within 63 bits, is an error",
    arguments: [
      [], [0x80], [UInt8](repeating: 0x80, count: 9), [UInt8](repeating: 0xff, count: 20),
    ])
  func endlessLength(bytes: [UInt8]) {
    #expect(
      failure(bytes) { reader throws(BinaryError) in _ = try reader.readLength() } != nil)
  }

  @Test("counts that do not fit give an error, and nothing is allocated for them")
  func hostileCounts() {
    for count in [-1, 2, Int.max, Int.min, Int.max / 4 + 1] {
      #expect(
        failure([0, 0, 0, 0]) { reader throws(BinaryError) in
          _ = try reader.readFloats(count)
        } != nil)
    }
    for count in [-1, 5, Int.max, Int.min] {
      #expect(
        failure([0, 0, 0, 0]) { reader throws(BinaryError) in
          _ = try reader.readRaw(count)
        } != nil)
    }
  }

  @Test("flags other than 0 and 1, bytes that are no text, and bytes left over are errors")
  func strictness() {
    #expect(failure([2]) { reader throws(BinaryError) in _ = try reader.readBool() } != nil)
    #expect(
      failure([1, 0xff]) { reader throws(BinaryError) in _ = try reader.readText() }?.message
        == "text at offset 1 that is not UTF-8")
    #expect(failure([0]) { reader throws(BinaryError) in try reader.finish() } != nil)
  }

  @Test("whatever is cut off gives an error and leaves the reader where it was before the number")
  func truncation() {
    var reader = BinaryReader([1, 2, 3])
    #expect(throws: BinaryError("number of 4 bytes at offset 0 where 3 are left")) {
      _ = try reader.readInteger(UInt32.self)
    }
    #expect(reader.offset == 0)
    #expect(throws: BinaryError.self) { _ = try reader.readID() }
  }
}
