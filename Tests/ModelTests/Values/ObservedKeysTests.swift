import Model
import Testing

struct ObservedKeysTests {
  private func observed(_ records: [[(Text, MetadataType)]]) -> [ObservedKey] {
    var keys = ObservedKeys()
    for record in records {
      for (key, type) in record { keys.insert(key, type) }
    }
    return keys.keys.sorted()
  }

  @Test("each key with each type counts once, whatever comes before and after it")
  func everyOrder() {
    let types: [MetadataType] = [.int, .string, .bool]
    for seed in 0..<200 as Range<UInt64> {
      var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
      func draw(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
      }
      let keyCount = seed % 2 == 0 ? 4 : 60
      let records = (0..<100).map { _ in
        (0..<draw(6)).map { _ in (Text("k\(draw(keyCount))"), types[draw(types.count)]) }
      }
      let expected = Set(
        records.flatMap { record in record.map { ObservedKey(key: $0.0, type: $0.1) } })
      #expect(observed(records) == expected.sorted())
    }
  }

  @Test("reserved keys do not count")
  func reservedKeys() {
    let records: [[(Text, MetadataType)]] = [
      [("a", .int), ("chroma:uri", .string), ("z", .int)],
      [("a", .int), ("chroma:uri", .string), ("z", .int)],
    ]
    #expect(
      observed(records) == [ObservedKey(key: "a", type: .int), ObservedKey(key: "z", type: .int)])
  }

  @Test("those of others are added")
  func unions() {
    var keys = ObservedKeys([ObservedKey(key: "a", type: .int)])
    keys.insert("b", .int)
    keys.formUnion([ObservedKey(key: "c", type: .bool)])
    keys.insert("a", .int)
    #expect(keys.keys.sorted().map(\.key) == ["a", "b", "c"])
  }
}
