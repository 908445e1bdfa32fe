import CommitLog
import Model
import Testing

@Suite("Log entries as bytes")
struct LogEntryCodecTests {
  static let key = "logs/log/00000000000000000007"

  /// The entry of `goldenHex`.
  static let golden = LogEntry(
    number: 7, previousHash: LogHash(bytes: [UInt8](0..<32)) ?? .start,
    writer: UniqueID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718),
    putID: UniqueID(high: 0x2122_2324_2526_2728, low: 0x3132_3334_3536_3738),
    payload: Array("apus".utf8)[...])

  /// Made by another program from docs/FORMAT.md. Never changes: buckets are full of it.
  static let goldenHex = """
    41504c47 0100 0000 0700000000000000
    000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
    08070605040302011817161514131211 28272625242322213837363534333231
    0400000000000000 61707573 9adf0d4e
    """

  static func error(_ object: [UInt8], number: UInt64 = 7) -> LogObjectError? {
    do throws(LogObjectError) {
      _ = try LogEntryCodec.decode(object, number: number, key: key)
      return nil
    } catch {
      return error
    }
  }

  static func isDamaged(_ error: LogObjectError?) -> Bool {
    if case .damaged(key, _) = error { true } else { false }
  }

  @Test("an entry of format 1 is these bytes, and its hash this one")
  func goldenBytes() throws {
    let bytes = try #require(hexBytes(Self.goldenHex))
    #expect(LogEntryCodec.encode(Self.golden) == bytes)
    #expect(try LogEntryCodec.decode(bytes, number: 7, key: Self.key) == Self.golden)
    let hash = "3bfc41549f910572f8323a9350b621220eade3e27bf9cccf5577bf126c72b959"
    #expect(LogHash(ofObject: bytes).bytes == hexBytes(hash))
  }

  @Test("an entry comes back as it was written", arguments: [0, 1, 3, 4096, 100_000])
  func roundTrip(payloadBytes: Int) throws {
    let random = SeededRandomSource(seed: UInt64(payloadBytes))
    let entry = LogEntry(
      number: .max, previousHash: .start, writer: .random(from: random),
      putID: .random(from: random),
      payload: (0..<payloadBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }[...])
    let object = LogEntryCodec.encode(entry)
    #expect(object.count == payloadBytes + 92)
    #expect(try LogEntryCodec.decode(object, number: .max, key: Self.key) == entry)
  }

  @Test("a single flipped bit anywhere is found")
  func flippedBits() {
    let object = LogEntryCodec.encode(Self.golden)
    for index in object.indices {
      for bit in 0..<8 {
        var damaged = object
        damaged[index] ^= 1 << UInt8(bit)
        #expect(Self.isDamaged(Self.error(damaged)), "byte \(index), bit \(bit)")
      }
    }
  }

  @Test("every byte with every other value is found")
  func otherBytes() {
    let object = LogEntryCodec.encode(Self.golden)
    for index in object.indices {
      var damaged = object
      for value in UInt8.min...UInt8.max where value != object[index] {
        damaged[index] = value
        #expect(Self.isDamaged(Self.error(damaged)), "byte \(index) as \(value)")
      }
    }
  }

  @Test("an object that was cut short, or has something behind it, is damaged")
  func truncation() {
    let object = LogEntryCodec.encode(Self.golden)
    for length in 0..<object.count {
      #expect(Self.isDamaged(Self.error(Array(object.prefix(length)))), "\(length) bytes")
    }
    for extra: [UInt8] in [[0], [1], Array(object.suffix(4)), object] {
      #expect(Self.isDamaged(Self.error(object + extra)))
    }
  }

  @Test("an entry under another number's key is damaged")
  func wrongNumber() {
    let object = LogEntryCodec.encode(Self.golden)
    #expect(
      Self.error(object, number: 8)
        == .damaged(key: Self.key, reason: "is entry 7, not 8"))
  }

  @Test("an object of a newer format says so, whatever else is in it", arguments: [2, 3, .max])
  func newerFormat(version: UInt16) {
    let object = LogEntryCodec.encode(Self.golden, formatVersion: version)
    let expected = LogObjectError.newerFormat(key: Self.key, version: version)
    #expect(Self.error(object) == expected)
    #expect(Self.error(sealed(Array(object.prefix(6)))) == expected)
    #expect(Self.error(sealed(object + [1, 2, 3])) == expected)
    #expect(expected.description.contains(Self.key))
    #expect(expected.description.contains("version \(version)"))
  }

  @Test("damage to an object of a newer format is damage")
  func damagedNewerFormat() {
    let object = LogEntryCodec.encode(Self.golden, formatVersion: 2)
    #expect(Self.isDamaged(Self.error(Array(object.dropLast()))))
    #expect(Self.isDamaged(Self.error(Array(object.prefix(6)))))
  }

  @Test("something else than a log entry is damaged", arguments: ["", "{\"format\":1}", "APL"])
  func foreign(text: String) {
    #expect(Self.isDamaged(Self.error(Array(text.utf8))))
  }

  @Test("a payload length that lies is damaged, also where the checksum was made to match")
  func lyingLength() throws {
    for lie: UInt64 in [0, 3, 5, 1 << 32, .max] {
      var writer = BinaryWriter()
      writer.write(raw: LogEntryCodec.encode(Self.golden).prefix(80))
      writer.write(lie)
      writer.write(raw: Self.golden.payload)
      let error = Self.error(sealed(writer.bytes))
      #expect(error == .damaged(key: Self.key, reason: "payload of \(lie) bytes where 4 are there"))
    }
  }

  @Test("reserved bits that are set are refused")
  func reservedBits() {
    var bytes = Array(LogEntryCodec.encode(Self.golden).dropLast(4))
    bytes[6] = 1
    #expect(
      Self.error(sealed(bytes)) == .damaged(key: Self.key, reason: "reserved bits are set"))
  }

  @Test("random objects give an error and never a trap")
  func randomObjects() {
    let random = seededSource("random objects")
    let object = LogEntryCodec.encode(Self.golden)
    for _ in 0..<20_000 {
      var bytes = object
      for _ in 0..<(1 + random.next(below: 4)) {
        let index = Int(random.next(below: UInt64(bytes.count)))
        bytes[index] = UInt8(truncatingIfNeeded: random.next())
      }
      let error = Self.error(sealed(Array(bytes.dropLast(4))))
      // With a right checksum ids, hash and payload may be anything; the rest may not.
      let hasChanged = bytes[..<16] != object[..<16] || bytes[80..<88] != object[80..<88]
      #expect((error != nil) == hasChanged)
    }
  }
}
