import Model
import ObjectStore
import Testing

@Suite("a bucket in memory")
struct MemoryStoreTests {
  @Test("keys are kept by their bytes")
  func keys() async throws {
    let store = MemoryStore(now: SteppingClock().now)
    // One character to Swift, two keys to a store.
    for key in ["ka\u{308}se", "k\u{e4}se", "a/b", "a", "B"] {
      try await expectCreated(store, key, [])
    }
    #expect(store.keys.map { Text($0) } == ["B", "a", "a/b", "ka\u{308}se", "k\u{e4}se"])
  }

  @Test("tests can look at objects and break them")
  func inspection() async throws {
    let store = MemoryStore(now: SteppingClock().now)
    try await expectCreated(store, "a", [1])
    #expect(store.body(of: "a") == [1])
    let time = StoreTime(millisecondsSince1970: 5)
    store.overwrite("a", [2], lastModified: time)
    store.overwrite("b", [3])
    #expect(try await body(store, "a") == [2])
    #expect(store.lastModified(of: "a") == time)
    #expect(store.remove("a"))
    #expect(!store.remove("a"))
    #expect(store.keys == ["b"])
  }
}
