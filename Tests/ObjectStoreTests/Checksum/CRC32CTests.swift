import ObjectStore
import Testing

struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value of Koopman's catalogue.
  @Test(
    "the published vectors",
    arguments: [
      (Array("123456789".utf8), 0xe306_9283),
      ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
      ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
      ([UInt8](0..<32), 0x46dd_794e),
      ([UInt8]((0..<32).reversed()), 0x113f_db5c),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func vectors(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
    #expect(bytes.withUnsafeBytes { CRC32C.portable($0) } == expected)
  }

  @Test("every length and offset agrees with one byte at a time")
  func agreesWithBytewise() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    for start in 0..<9 {
      for end in start..<(start + 40) {
        let slice = bytes[start..<end]
        #expect(CRC32C.checksum(slice) == bytewise(slice))
        #expect(slice.withUnsafeBytes { CRC32C.portable($0) } == bytewise(slice))
      }
    }
    #expect(CRC32C.checksum(AnyCollection(bytes)) == bytewise(bytes[...]))
  }

  @Test(
    "bytes that go through several lanes agree with one byte at a time, alone and continued, with and without instructions",
    arguments: [1_535, 1_536, 1_537, 3_071, 3_072, 3_073, 6_144, 6_151, 65_536, 100_003])
  func lanes(count: Int) {
    let bytes = (0..<count + 3).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ $0 &>> 7) }
    for start in 0..<3 {
      let slice = bytes[start..<start + count]
      #expect(CRC32C.checksum(slice) == bytewise(slice))
      #expect(slice.withUnsafeBytes { CRC32C.portable($0) } == bytewise(slice))
      let first = CRC32C.checksum(slice.prefix(100))
      let both = slice.dropFirst(100).withUnsafeBytes { CRC32C.checksum($0, continuing: first) }
      #expect(both == bytewise(slice))
    }
  }

  @Test("a checksum can be continued at any place")
  func continued() {
    let bytes = (0..<61).map { UInt8($0) }
    for cut in 0...bytes.count {
      let first = CRC32C.checksum(bytes[..<cut])
      let both = bytes[cut...].withUnsafeBytes { CRC32C.checksum($0, continuing: first) }
      #expect(both == CRC32C.checksum(bytes))
    }
  }

  private func bytewise(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82f6_3b78 }
    }
    return ~crc
  }
}
