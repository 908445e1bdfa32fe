import Model
import Testing

@Suite struct ByteRegionTests {
  @Test("a copy has the bytes of its source and no others", arguments: [0, 1, 64, 1000])
  func copy(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let region = ByteRegion(copying: bytes)
    #expect(region.count == count && region.array == bytes)
    #expect(region.load(at: count, as: UInt8.self) == nil)
    #expect(region.slice(0..<count + 1) == nil && region.slice(0..<count)?.array == bytes)
    #expect(region.slice(count..<count)?.count == 0)
  }
}
