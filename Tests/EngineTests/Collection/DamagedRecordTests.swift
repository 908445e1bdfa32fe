import Engine
import Model
import ObjectStore
import Segments
import Testing

@Suite("A record that is damaged where the checksums are right")
struct DamagedRecordTests {
  private func integer(_ bytes: [UInt8], at: Int) throws -> Int {
    var reader = BinaryReader(bytes[at..<at + 4])
    return Int(try reader.readInteger(UInt32.self))
  }

  private func bytes(_ value: UInt32) -> [UInt8] {
    var writer = BinaryWriter()
    writer.write(value)
    return writer.bytes
  }

  private func place(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    (start...max(start, bytes.count - pattern.count)).first {
      bytes[$0...].starts(with: pattern)
    }
  }

  /// A segment of one record whose metadata says `mark`, and then something that is not UTF-8, as if it had been written so.
  private func segment(mark: Text) async throws -> Segment {
    var builder = SegmentBuilder(id: UniqueID(high: 1, low: 2), dimension: 2, hashSeed: 7)
    let vector: [Float] = [1, 2]
    try vector.withUnsafeBufferPointer { vector throws(SegmentError) in
      try builder.append(
        offset: 0, id: "a", vector: vector, document: nil, uri: nil,
        metadata: Metadata([("key", .string(mark))]))
    }
    let built = builder.finish()
    var object = built.bytes
    let footerStart = object.count - 12 - (try integer(object, at: object.count - 12))
    let hot = built.summary.hotOffset..<footerStart
    let before = CRC32C.checksum(Array(object[hot]))
    // In the record, and in the index of values, which is not asked here.
    let at = try #require(place(of: Array(mark.string.utf8), in: object, from: hot.lowerBound))
    object[at] = 0xff
    let inFooter = try #require(place(of: bytes(before), in: object, from: footerStart))
    object.replaceSubrange(
      inFooter..<inFooter + 4, with: bytes(CRC32C.checksum(Array(object[hot]))))
    let checksum = CRC32C.checksum(Array(object[footerStart..<object.count - 12]))
    object.replaceSubrange(object.count - 8..<object.count - 4, with: bytes(checksum))
    let summary = SegmentSummary(
      id: built.summary.id, size: object.count, rowCount: 1, dimension: 2,
      hotOffset: hot.lowerBound, footerChecksum: checksum)
    let store = MemoryStore { StoreTime(millisecondsSince1970: 1_800_000_000_000) }
    _ = try await store.put("segment", object)
    return try await SegmentCache(store: store, workspace: MemoryWorkspace())
      .open(summary, key: "segment")
  }

  @Test("the answer that would show it fails, not only the next one")
  func metadata() async throws {
    for asksForMetadata in [true, false] {
      let segment = try await segment(mark: "a mark that is nowhere else")
      let state = CollectionState(
        id: .zero, dimension: 2, nextOffset: 1, liveChecksum: 0, isSealed: false,
        parts: [SegmentPart(segment: segment, dead: RowSet(count: 1, filledWith: false))])
      let request = GetRequest(
        selection: RecordSelection(), fields: asksForMetadata ? [.metadatas] : [])
      if asksForMetadata {
        await #expect(throws: CollectionReadFailure.self) { try await state.get(request) }
      } else {
        #expect(try await state.get(request).map(\.id) == ["a"])
      }
    }
  }
}
