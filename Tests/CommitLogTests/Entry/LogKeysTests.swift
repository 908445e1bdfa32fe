import CommitLog
import Testing

@Suite("Keys of a log")
struct LogKeysTests {
  let keys = LogKeys(prefix: "vector_db/catalog/")

  @Test("entries count up with 20 digits")
  func entries() {
    #expect(keys.entry(1) == "vector_db/catalog/log/00000000000000000001")
    #expect(keys.entry(.max) == "vector_db/catalog/log/18446744073709551615")
  }

  @Test("manifests count down, so that the newest sorts first")
  func manifests() {
    #expect(keys.manifest(1) == "vector_db/catalog/manifest/18446744073709551614")
    #expect(keys.manifest(.max) == "vector_db/catalog/manifest/00000000000000000000")
    #expect(keys.manifest(1).hasPrefix(keys.manifestPrefix))
  }

  @Test("keys sort as their numbers do")
  func order() {
    let numbers: [UInt64] = [1, 2, 9, 10, 99, 100, 1 << 32, 10_000_000_000_000_000_000, .max]
    #expect(numbers.map(keys.entry).sorted() == numbers.map(keys.entry))
    #expect(numbers.map(keys.manifest).sorted() == numbers.reversed().map(keys.manifest))
  }

  @Test("without a prefix keys begin with their folder")
  func noPrefix() {
    #expect(LogKeys(prefix: "").entry(3) == "log/00000000000000000003")
  }
}
