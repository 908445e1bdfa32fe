import CommitLog
import Engine
import FoundationEssentials
import Model
import Testing

/// docs/FORMAT.md is what somebody needs who reads a bucket without Apus, so its example must be true.
@Suite("The example of docs/FORMAT.md")
struct FormatDocumentTests {
  static let id = UniqueID(high: 0x6ba7_b810_9dad_41d1, low: 0x80b4_00c0_4fd4_30c8)

  /// The bytes of the code block below the line that begins with the marker: hexadecimal pairs up to "|".
  private func documented(_ marker: String) throws -> [UInt8] {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    let path = root.joined(separator: "/") + "/docs/FORMAT.md"
    let data = try #require(FileManager.default.contents(atPath: path), "no \(path)")
    let lines = String(decoding: data, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix(marker) }, "no \(marker)")
    let block = lines[start...].drop { !$0.hasPrefix("```") }.dropFirst().prefix { $0 != "```" }
    return try block.flatMap { line in
      try line.prefix { $0 != "|" }.split(separator: " ").map {
        try #require(UInt8($0, radix: 16), "\($0)")
      }
    }
  }

  @Test("the log entry is what this version writes and reads")
  func logEntry() throws {
    let batch = RecordBatch(
      ids: ["a"], embeddings: EmbeddingColumn(dimension: 2, components: [1, -0.5]),
      documents: ["h\u{e9}"], uris: nil,
      metadatas: [
        MetadataChange([
          .init(key: "n", value: .int(7)), .init(key: "ok", value: .bool(true)),
          .init(key: "gone", value: nil),
        ])
      ])
    var payload = BinaryWriter()
    CollectionOperation.add(batch).encode(into: &payload)
    let entry = LogEntry(
      number: 1, previousHash: .start, writer: Self.id,
      putID: UniqueID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef),
      payload: payload.bytes[...])
    let bytes = try documented("### A log entry")
    #expect(LogEntryCodec.encode(entry) == bytes)
    #expect(try LogEntryCodec.decode(bytes, number: 1, key: "example") == entry)
    var state = CollectionState(id: .zero)
    try state.apply(entry.payload)
    #expect(state.count == 1)
    #expect(state.dimension == 2)
  }

  @Test("the catalog operation is what this version writes and reads")
  func catalogOperation() throws {
    let operation = CatalogOperation.createCollection(
      CatalogEntry(
        id: Self.id, tenant: "default_tenant", database: "default_database",
        definition: CollectionDefinition(
          name: "c", metadata: Metadata([("k", .floats([0.5]))]), distance: .cosine,
          configuration: "{}")))
    let bytes = try documented("### A catalog operation")
    var writer = BinaryWriter()
    operation.encode(into: &writer)
    #expect(writer.bytes == bytes)
    var reader = BinaryReader(bytes)
    #expect(try CatalogOperation(from: &reader) == operation)
    try reader.finish()
  }
}
