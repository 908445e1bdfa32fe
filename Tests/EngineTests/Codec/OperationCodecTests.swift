import Engine
import Model
import Testing

@Suite("Operations as bytes")
struct OperationCodecTests {
  @Test("every operation of a collection comes back as it was written")
  func collectionRoundTrip() throws {
    let random = seededSource("collection operations")
    for _ in 0..<5_000 {
      let operations = random.list(upTo: 3) { random.collectionOperation() }
      var writer = BinaryWriter()
      for operation in operations { operation.encode(into: &writer) }
      var reader = BinaryReader(writer.bytes)
      for operation in operations {
        let read = try CollectionOperation(from: &reader)
        #expect(read == operation)
      }
      try reader.finish()
    }
  }

  @Test("every operation of the catalog comes back as it was written")
  func catalogRoundTrip() throws {
    let random = seededSource("catalog operations")
    for _ in 0..<5_000 {
      let operations = random.list(upTo: 3) { random.catalogOperation() }
      var writer = BinaryWriter()
      for operation in operations { operation.encode(into: &writer) }
      var reader = BinaryReader(writer.bytes)
      for operation in operations {
        let read = try CatalogOperation(from: &reader)
        #expect(read == operation)
      }
      try reader.finish()
    }
  }

  @Test("floats keep every bit, NaN and negative zero included")
  func floatBits() throws {
    let bits: [UInt32] = [0x7fc0_0001, 0xffff_ffff, 0x8000_0000, 1, 0x7f80_0000]
    let column = EmbeddingColumn(dimension: 5, components: bits.map { Float(bitPattern: $0) })
    var writer = BinaryWriter()
    CollectionOperation.add(RecordBatch(ids: ["a"], embeddings: column)).encode(into: &writer)
    var reader = BinaryReader(writer.bytes)
    guard case .add(let batch) = try CollectionOperation(from: &reader) else {
      Issue.record("came back as another operation")
      return
    }
    #expect(batch.embeddings?.components.map(\.bitPattern) == bits)
  }

  @Test("an operation that was cut short anywhere is an error")
  func truncation() {
    let random = SeededRandomSource(seed: 21)
    for _ in 0..<300 {
      var writer = BinaryWriter()
      random.collectionOperation().encode(into: &writer)
      for length in 0..<writer.count {
        var reader = BinaryReader(writer.bytes[..<length])
        #expect(throws: BinaryError.self) { try CollectionOperation(from: &reader) }
      }
      writer = BinaryWriter()
      random.catalogOperation().encode(into: &writer)
      for length in 0..<writer.count {
        var reader = BinaryReader(writer.bytes[..<length])
        #expect(throws: BinaryError.self) { try CatalogOperation(from: &reader) }
      }
    }
  }

  @Test(
    "an operation that is not known is an error and never passed over", arguments: [0, 6, 10, 255])
  func unknownCode(code: UInt8) {
    var reader = BinaryReader([code, 0, 0, 0])
    #expect(throws: BinaryError.self) { try CollectionOperation(from: &reader) }
    guard code != 6 else { return }
    reader = BinaryReader([code, 0, 0, 0])
    #expect(throws: BinaryError.self) { try CatalogOperation(from: &reader) }
  }

  @Test("unknown codes of values and distances are errors")
  func unknownValues() {
    // update, 1 id "a", no vectors, documents, uris; metadatas: one change of key "k" with code 10.
    var reader = BinaryReader([3, 1, 1, 0x61, 0, 0, 0, 1, 1, 1, 1, 0x6b, 10])
    #expect(throws: BinaryError("value type 10 is not known")) {
      try CollectionOperation(from: &reader)
    }
    // defineCollection, id, name "", no metadata, distance 3.
    reader = BinaryReader([5] + [UInt8](repeating: 0, count: 16) + [0, 0, 3, 0])
    #expect(throws: BinaryError("distance 3 is not known")) { try CatalogOperation(from: &reader) }
  }

  @Test("counts and dimensions that cannot be there are errors and cost no memory")
  func hostileCounts() {
    let huge: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]
    let payloads: [[UInt8]] = [
      [1] + huge, [4] + huge, [1, 1, 1, 0x61, 1] + huge + [0, 0, 0, 0],
      [1, 1, 1, 0x61, 1, 0, 0, 0], [1, 2, 0, 0, 1] + huge + [0, 0, 0, 0, 0],
      [3, 1, 1, 0x61, 0, 0, 0, 1, 1] + huge, [3, 1, 1, 0x61, 0, 0, 0, 1, 1, 1, 0, 7] + huge,
    ]
    for payload in payloads {
      var reader = BinaryReader(payload)
      #expect(throws: BinaryError.self, "\(payload)") { try CollectionOperation(from: &reader) }
    }
    var reader = BinaryReader([7] + huge)
    #expect(throws: BinaryError.self) { try CatalogOperation(from: &reader) }
  }
}
