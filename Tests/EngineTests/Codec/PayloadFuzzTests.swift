import Engine
import Model
import Testing

/// A checksum protects payloads from accidents; that a wrong one never ends a server is tested here.
@Suite("Payloads that nobody wrote")
struct PayloadFuzzTests {
  private func randomBytes(_ random: any RandomSource) -> [UInt8] {
    var bytes = random.list(upTo: 60) { UInt8(truncatingIfNeeded: random.next()) }
    // Most random bytes end at the operation's code: begin with one that exists.
    if !bytes.isEmpty, random.flip() { bytes[0] = UInt8(1 + random.next(below: 8)) }
    // Small numbers are lengths and flags that make sense.
    for index in bytes.indices where random.flip() { bytes[index] %= 4 }
    return bytes
  }

  private func mutated(_ original: [UInt8], _ random: any RandomSource) -> [UInt8] {
    var bytes = original
    for _ in 0..<(1 + random.next(below: 4)) where !bytes.isEmpty {
      let index = Int(random.next(below: UInt64(bytes.count)))
      switch random.next(below: 5) {
      case 0: bytes[index] ^= 1 << UInt8(random.next(below: 8))
      case 1: bytes[index] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next() & 0x83), at: index)
      default: bytes.removeLast(min(bytes.count, Int(random.next(below: 8))))
      }
    }
    return bytes
  }

  /// Calls `body` with random payloads and with mutations of right ones.
  private func fuzz(
    _ name: String, right: (any RandomSource) -> [UInt8], _ body: ([UInt8]) -> Bool
  ) {
    let random = seededSource(name)
    var accepted = 0
    for _ in 0..<50_000 {
      if body(randomBytes(random)) { accepted += 1 }
      if body(mutated(right(random), random)) { accepted += 1 }
    }
    // Otherwise the mutations have become so wild that they test the first check alone.
    #expect(accepted > 1_000)
  }

  private func collectionPayload(_ random: any RandomSource) -> [UInt8] {
    var writer = BinaryWriter()
    for _ in 0..<(1 + random.next(below: 2)) { random.collectionOperation().encode(into: &writer) }
    return writer.bytes
  }

  private func catalogPayload(_ random: any RandomSource) -> [UInt8] {
    var writer = BinaryWriter()
    for _ in 0..<(1 + random.next(below: 2)) { random.catalogOperation().encode(into: &writer) }
    return writer.bytes
  }

  @Test("100,000 collection payloads are decoded or refused, and what is decoded encodes again")
  func collectionOperations() {
    fuzz("collection payloads", right: collectionPayload) { payload in
      var reader = BinaryReader(payload)
      guard let operation = try? CollectionOperation(from: &reader) else { return false }
      var writer = BinaryWriter()
      operation.encode(into: &writer)
      var again = BinaryReader(writer.bytes)
      #expect(throws: Never.self) {
        _ = try CollectionOperation(from: &again)
        try again.finish()
      }
      return true
    }
  }

  @Test("100,000 catalog payloads are decoded or refused, and what is decoded encodes again")
  func catalogOperations() {
    fuzz("catalog payloads", right: catalogPayload) { payload in
      var reader = BinaryReader(payload)
      guard let operation = try? CatalogOperation(from: &reader) else { return false }
      var writer = BinaryWriter()
      operation.encode(into: &writer)
      var again = BinaryReader(writer.bytes)
      #expect(throws: Never.self) {
        _ = try CatalogOperation(from: &again)
        try again.finish()
      }
      return true
    }
  }

  @Test("100,000 payloads are applied to a collection or refused")
  func collectionState() {
    var state = CollectionState(id: .zero)
    fuzz("applied to a collection", right: collectionPayload) { payload in
      var changed = state
      guard (try? changed.apply(payload[...])) != nil else { return false }
      if !changed.isSealed { state = changed.count > 500 ? CollectionState(id: .zero) : changed }
      return true
    }
  }

  @Test("100,000 payloads are applied to a catalog or refused")
  func catalogState() {
    var state = CatalogState()
    fuzz("applied to a catalog", right: catalogPayload) { payload in
      var changed = state
      guard (try? changed.apply(payload[...])) != nil else { return false }
      state = changed
      return true
    }
  }
}
