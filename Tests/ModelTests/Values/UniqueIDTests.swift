import Model
import Testing

@Suite("UniqueID")
struct UniqueIDTests {
  static let known = UniqueID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)
  static let text = "01234567-89ab-4def-8123-456789abcdef"

  @Test("is printed in lower case with dashes")
  func printed() {
    #expect(Self.known.description == Self.text)
    #expect(UniqueID.zero.description == "00000000-0000-0000-0000-000000000000")
    #expect(
      UniqueID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
  }

  @Test(
    "is read in either case, with all dashes or none",
    arguments: [
      text, "01234567-89AB-4DEF-8123-456789ABCDEF", "0123456789ab4def8123456789abcdef",
      "0123456789AB4def8123456789abcDEF",
    ])
  func read(text: String) {
    #expect(UniqueID(text) == Self.known)
  }

  @Test(
    "anything else is not read",
    arguments: [
      "", "0", "01234567-89ab-4def-8123-456789abcde", "01234567-89ab-4def-8123-456789abcdefa",
      "01234567089ab-4def-8123-456789abcdef", "0123456-789ab-4def-8123-456789abcdef",
      "g1234567-89ab-4def-8123-456789abcdef", "{1234567-89ab-4def-8123-456789abcdef}",
      "01234567-89ab-4def-8123-456789abcd\u{e9}", "0123456789ab4def8123456789abcde-",
      "01234567-89ab-4def8123-456789abcdef-", " 123456789ab4def8123456789abcdef",
      "+123456789ab4def8123456789abcdef",
    ])
  func refused(text: String) {
    #expect(UniqueID(text) == nil)
  }

  @Test("random ones are UUIDs of version 4, differ, and survive printing and reading")
  func random() {
    let source = SeededRandomSource(seed: 4)
    var seen: Set<UniqueID> = []
    var ones = (high: UInt64(0), low: UInt64(0))
    var zeros = (high: UInt64(0), low: UInt64(0))
    for _ in 0..<1000 {
      let id = UniqueID.random(from: source)
      #expect(id.high >> 12 & 0xf == 4)
      #expect(id.low >> 62 == 0b10)
      #expect(UniqueID(id.description) == id)
      seen.insert(id)
      ones = (ones.high | id.high, ones.low | id.low)
      zeros = (zeros.high | ~id.high, zeros.low | ~id.low)
    }
    #expect(seen.count == 1000)
    // All bits but the six that say what it is take both values.
    #expect(ones.high & zeros.high == 0xffff_ffff_ffff_0fff)
    #expect(ones.low & zeros.low == 0x3fff_ffff_ffff_ffff)
  }

  @Test("order is that of the printed form")
  func order() {
    let source = SeededRandomSource(seed: 5)
    let ids = (0..<200).map { _ in UniqueID(high: source.next(), low: source.next()) }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
  }
}
