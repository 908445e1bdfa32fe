import Model
import Testing

@Suite("Encoded metadata")
struct EncodedMetadataTests {
  private func encoded(_ metadata: Metadata) -> [UInt8] {
    var writer = BinaryWriter()
    metadata.encode(into: &writer)
    return writer.bytes
  }

  private func pairs(_ encoded: EncodedMetadata) -> [(Text, MetadataValue)] {
    var pairs: [(Text, MetadataValue)] = []
    encoded.forEach { key, value in
      let value: MetadataValue =
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        case .string(let bytes): .string(Text(utf8: bytes) ?? "not UTF-8")
        }
      pairs.append((Text(utf8: key) ?? "not UTF-8", value))
    }
    return pairs
  }

  private let scalars = Metadata([
    ("", .string("")), ("a", .int(.min)), ("b", .float(-0.5)), ("no", .bool(false)),
    ("yes", .bool(true)), ("é", .string("ü€😀")),
    ("z", .string(Text(String(repeating: "x", count: 300)))),
  ])

  @Test("scalars are read as they were written")
  func scalarsAreRead() throws {
    let found = try #require(EncodedMetadata(ByteRegion(copying: encoded(scalars))))
    #expect(found.count == scalars.count)
    #expect(found.byteCount == encoded(scalars).count)
    #expect(found.metadata == scalars)
    #expect(pairs(found).map(\.0) == scalars.entries.map(\.key))
    #expect(pairs(found).map(\.1) == scalars.entries.map(\.value))
    #expect(StoredMetadata.encoded(found).metadata == scalars)
    #expect(!StoredMetadata.encoded(found).isEmpty)
  }

  @Test("no keys are none")
  func empty() throws {
    let found = try #require(EncodedMetadata(ByteRegion(copying: encoded(Metadata()))))
    #expect(found.count == 0)
    #expect(StoredMetadata.encoded(found).isEmpty)
    #expect(StoredMetadata.values(Metadata()).isEmpty)
    #expect(EncodedMetadata(ByteRegion(copying: [])) == nil)
  }

  @Test(
    "lists are left to who decodes them",
    arguments: [
      MetadataValue.bools([true]), .ints([]), .floats([1]), .strings(["x" as Text]),
    ])
  func lists(list: MetadataValue) {
    let pairs: [(Text, MetadataValue)] = [("a", .int(1)), ("list", list)]
    #expect(EncodedMetadata(ByteRegion(copying: encoded(Metadata(pairs)))) == nil)
  }

  @Test("every damage is met before anything is read, or gives what decoding gives")
  func damage() throws {
    let bytes = encoded(scalars)
    for count in 0..<bytes.count {
      #expect(EncodedMetadata(ByteRegion(copying: bytes[..<count])) == nil)
    }
    let random = SeededRandomSource(seed: 3)
    for index in bytes.indices {
      for value in [0, 1, 9, 0x7f, 0x80, 0xff, UInt8(random.next(below: 256))] {
        var damaged = bytes
        damaged[index] = value
        guard let found = EncodedMetadata(ByteRegion(copying: damaged)) else { continue }
        var reader = BinaryReader(damaged)
        let decoded = try Metadata(from: &reader)
        #expect(encoded(found.metadata) == encoded(decoded))
      }
    }
  }

  @Test("keys that are out of order, or come twice, are left to who decodes them")
  func order() {
    for keys: [Text] in [["b", "a"], ["a", "a"]] {
      var writer = BinaryWriter()
      writer.write(length: 2)
      for key in keys {
        writer.write(length: key.utf8Count)
        key.withUTF8 { writer.write(raw: $0) }
        writer.write(UInt8(1))
      }
      #expect(EncodedMetadata(ByteRegion(copying: writer.bytes)) == nil)
    }
  }
}
