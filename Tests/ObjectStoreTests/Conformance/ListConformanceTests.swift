import Model
import ObjectStore
import Testing

@Suite("every store lists by the bytes of its keys")
struct ListConformanceTests {
  /// Names that file systems, URLs and XML have trouble with.
  static let nastyKeys = [
    "a", "a/b", "a/b/c", "a-b", "a.b", "a b", "a+b", "a%b", "a%2Fb", "a%2fb", "A", "B/b", "ab",
    "a0",
    "käse", "ka\u{308}se", "日本語/キー", "🐦", "\u{ff5e}", "%", "%%", "~", "a,o", "a,c", ",", "..a",
    "...",
    "a/..b/.hidden", "&<>\"'", "a\\b", "x*?[]{}|^`", "=;:@$!()", "tab\there", "#fragment",
    "?query=1",
    String(repeating: "long-", count: 15) + "1234", String(repeating: "long-", count: 16),
    String(repeating: "long-", count: 16) + "/below", String(repeating: "long-", count: 16) + "0",
    String(repeating: "long-", count: 15) + "1234/below",
  ]
  /// Not allowed by all S3 servers, which is no harm.
  static let nastiestKeys = [
    ".", "..", "../..", "../../../../../../etc/apus-escaped", "./a", "/", "//", "/absolute", "a//b",
    "a/",
    "a/./b", "a/../b", "a/b/", ".apus-tmp/x", ".apus-tmp", "nul\u{0}byte", "a\u{0}", "line\nfeed",
    String(repeating: "/", count: 200), String(repeating: "ß", count: 450),
    String(repeating: "x", count: 1024), String(repeating: "x", count: 79),
    String(repeating: "x", count: 80), String(repeating: "x", count: 81),
    String(repeating: "x", count: 80) + "-", String(repeating: "x", count: 80) + "/a",
    String(repeating: "x", count: 160), String(repeating: "x", count: 160) + "/",
    String(repeating: "ab/", count: 60),
  ]

  @Test(
    "all nasty keys hold their own bodies and are listed in order", arguments: StoreUnderTest.all)
  func nasty(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let local = place.testDescription != "s3"
      let keys = (Self.nastyKeys + (local ? Self.nastiestKeys : [])).map { prefix + $0 }
      for key in keys { try await expectCreated(store, key, Array(key.utf8)) }
      for key in keys { #expect(try await body(store, key) == Array(key.utf8), "\(key)") }
      let sorted = keys.map { Text($0) }.sorted()
      for pageSize in [1, 3, 1000] {
        let found = try await allKeys(store, prefix, pageSize: pageSize)
        #expect(found.map { Text($0) } == sorted, "pages of \(pageSize)")
      }
      for key in keys { _ = try await store.delete(key) }
      #expect(try await allKeys(store, prefix).isEmpty)
    }
  }

  @Test("keys of 900 bytes", arguments: StoreUnderTest.all)
  func long(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let part = String(repeating: "k", count: 224)
      let keys = ["1", "2"].map { "\(prefix)\(part)/\(part)/\(part)/\(part)\($0)" }
      for key in keys { try await expectCreated(store, key, Array(key.utf8)) }
      #expect(try await allKeys(store, prefix) == keys)
      #expect(try await allKeys(store, prefix, after: keys[0]) == [keys[1]])
      #expect(try await body(store, keys[1]) == Array(keys[1].utf8))
    }
  }

  @Test(
    "a prefix need not end at a slash, and names its folder's neighbours not",
    arguments: StoreUnderTest.all)
  func prefixes(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let keys = ["log", "log-old/1", "log/1", "log/10", "log/2", "log0", "logs/1", "manifest/1"]
      for key in keys { try await expectCreated(store, prefix + key, []) }
      let cases: [(String, [String])] = [
        ("", keys), ("log", Array(keys[..<7])), ("log/", ["log/1", "log/10", "log/2"]),
        ("log/1", ["log/1", "log/10"]), ("log/10", ["log/10"]), ("log/10/", []), ("log/3", []),
        ("m", ["manifest/1"]), ("manifest/1", ["manifest/1"]), ("no/such", []), ("lo/", []),
        ("log-", ["log-old/1"]), ("z", []),
      ]
      for (part, expected) in cases {
        let found = try await allKeys(store, prefix + part)
        #expect(found == expected.map { prefix + $0 }, "\(part)")
      }
    }
  }

  @Test("a list starts after a key, whether or not it exists", arguments: StoreUnderTest.all)
  func startAfter(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      let keys = ["b/1", "b/2", "b/2/x", "b/3", "c"].map { prefix + $0 }
      for key in keys { try await expectCreated(store, key, []) }
      let cases: [(String, String, Int)] = [
        ("", "a", 0), ("", "b", 0), ("", "b/", 0), ("", "b/1", 1), ("", "b/10", 1), ("", "b/2", 2),
        ("", "b/2/", 2), ("", "b/2/x", 3), ("", "b/2/z", 3), ("", "b/20", 3), ("", "b/3", 4),
        ("", "b0", 4), ("", "bb", 4), ("", "c", 5), ("", "d", 5), ("b/", "b/2", 2), ("b/", "a", 0),
        ("c", "b/3", 4), ("c", "c", 5),
      ]
      for (part, after, skipped) in cases {
        let found = try await allKeys(store, prefix + part, after: prefix + after)
        let expected = keys[skipped...].filter { $0.hasPrefix(prefix + part) }
        #expect(found == Array(expected), "'\(part)' after '\(after)'")
      }
    }
  }

  @Test("a page says whether more keys follow", arguments: StoreUnderTest.all)
  func truncation(on place: StoreUnderTest) async throws {
    try await place { store, prefix in
      for number in 0..<7 { try await expectCreated(store, "\(prefix)t/\(number)", [1, 2]) }
      try await expectCreated(store, "\(prefix)u", [])
      for count in [1, 6, 7, 8, 1000] {
        let page = try await store.list(prefix: prefix + "t/", startAfter: nil, maxKeys: count)
        #expect(page.items.count == min(count, 7))
        #expect(page.isTruncated == (count < 7))
        #expect(page.items.allSatisfy { $0.size == 2 && $0.lastModified != nil })
      }
    }
  }

  @Test("random keys are listed as a sorted array would", arguments: StoreUnderTest.all)
  func random(on place: StoreUnderTest) async throws {
    let seed = testSeed()
    try await place { store, prefix in
      let random = SeededRandomSource(seed: seed)
      var model: [Text] = []
      for _ in 0..<300 {
        let key = Self.randomKey(random)
        if random.next(below: 4) == 0, let index = model.indices.randomElement(random) {
          _ = try await store.delete(prefix + model.remove(at: index).string)
        } else if !model.contains(Text(key)) {
          try await expectCreated(store, prefix + key, Array(key.utf8))
          model.append(Text(key))
        }
      }
      model.sort()
      for _ in 0..<100 {
        let part = Text(String(Self.randomKey(random).prefix(Int(random.next(below: 4)))))
        let after = random.next(below: 3) == 0 ? nil : Text(Self.randomKey(random))
        let count = Int(random.next(below: 12)) + 1
        let page = try await store.list(
          prefix: prefix + part.string, startAfter: after.map { prefix + $0.string },
          maxKeys: count)
        let expected = model.filter { key in
          key.hasPrefix(part) && (after.map { $0 < key } ?? true)
        }
        #expect(
          page.items.map { Text($0.key) }
            == expected.prefix(count).map { Text(prefix + $0.string) },
          "prefix '\(part)' after '\(after?.string ?? "-")', APUS_SEED=\(seed)")
        #expect(page.isTruncated == (expected.count > count), "APUS_SEED=\(seed)")
      }
    }
  }

  private static func randomKey(_ random: SeededRandomSource) -> String {
    let alphabet = ["a", "b", "/a", "/b", "-", "0", "ä", "A", "b/"]
    var key = "k"
    for _ in 0...random.next(below: 5) {
      key += alphabet[Int(random.next(below: UInt64(alphabet.count)))]
    }
    return key
  }
}

extension Range<Int> {
  fileprivate func randomElement(_ random: SeededRandomSource) -> Int? {
    isEmpty ? nil : lowerBound + Int(random.next(below: UInt64(count)))
  }
}
