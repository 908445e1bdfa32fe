import Model
import ObjectStore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("a folder as a bucket")
struct FolderStoreTests {
  @Test("two stores on one folder, as in two processes, agree on one winner per key")
  func twoStores() async throws {
    try await withTemporaryFolder { path in
      let stores = [try FolderStore(path: path), try FolderStore(path: path)]
      for number in 0..<50 {
        let key = "log/\(number)"
        async let first = stores[0].create(key, [0])
        async let second = stores[1].create(key, [1])
        let answers = try await [first, second]
        let winners = answers.indices.filter {
          if case .created = answers[$0] { true } else { false }
        }
        try #require(winners.count == 1)
        for store in stores { #expect(try await body(store, key) == [UInt8(winners[0])]) }
      }
      #expect(names(in: "\(path)/.apus-tmp").isEmpty)
    }
  }

  @Test("writes succeed while another store removes their folders under their feet")
  func pruning() async throws {
    try await withTemporaryFolder { path in
      let writer = try FolderStore(path: path)
      let deleter = try FolderStore(path: path)
      try await withThrowingTaskGroup { group in
        group.addTask {
          for number in 0..<150 {
            try await expectCreated(writer, "deep/folder/of/\(number)", [1])
            #expect(try await body(writer, "deep/folder/of/\(number)") == [1])
            _ = try await writer.delete("deep/folder/of/\(number)")
          }
        }
        group.addTask {
          for number in 0..<150 {
            try await expectCreated(deleter, "deep/folder/\(number)", [2])
            _ = try await deleter.put("deep/folder/of/put", [3])
            _ = try await deleter.delete(["deep/folder/\(number)", "deep/folder/of/put"])
          }
        }
        try await group.waitForAll()
      }
      #expect(names(in: path) == [".apus-tmp"])
    }
  }

  @Test(
    "objects of any size are whole, also those that bypass the system's cache",
    arguments: [
      (128 << 10) - 1, 128 << 10, (128 << 10) + 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 4096,
      (3 << 20) + 4095,
    ])
  func sizes(size: Int) async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: path)
      // No two blocks are alike.
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ $0 &>> 9) }
      try await expectCreated(store, "created", bytes)
      _ = try await store.put("put", Array(bytes.reversed()))
      // Several at once share the buffers.
      try await withThrowingTaskGroup { group in
        for number in 0..<8 {
          group.addTask { _ = try await store.put("more/\(number)", bytes + [UInt8(number)]) }
        }
        try await group.waitForAll()
      }
      #expect(try await body(store, "created") == bytes)
      #expect(try await body(store, "put") == bytes.reversed())
      for number in 0..<8 {
        #expect(try await body(store, "more/\(number)") == bytes + [UInt8(number)])
      }
    }
  }

  @Test("a new store sees what another wrote")
  func reopened() async throws {
    try await withTemporaryFolder { path in
      try await expectCreated(try FolderStore(path: "\(path)/a/b/bucket"), "k/1", [1])
      let store = try FolderStore(path: "\(path)/a/b/bucket")
      #expect(try await body(store, "k/1") == [1])
      #expect(try await allKeys(store, "") == ["k/1"])
    }
  }

  @Test("files of crashed processes are no objects, and are removed when they are old")
  func leftovers() async throws {
    try await withTemporaryFolder { path in
      _ = try FolderStore(path: path)
      let name = "00000000-0000-4000-8000-000000000001"
      try writeFile("\(path)/.apus-tmp/\(name)", "half a bo")
      let store = try FolderStore(path: path)
      #expect(try await allKeys(store, "").isEmpty)
      // Its writer may be alive: the file is new.
      #expect(names(in: "\(path)/.apus-tmp") == [name])
      store.removeLeftovers(olderThan: .milliseconds(-10_000))
      #expect(names(in: "\(path)/.apus-tmp").isEmpty)
    }
  }

  @Test("files of crashed processes are listed as uploads and given up; nothing else is touched")
  func leftoverUploads() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: "\(path)/bucket")
      let temporary = "\(path)/bucket/.apus-tmp"
      let ids = (1...3).map { "00000000-0000-4000-8000-00000000000\($0)" }
      try writeFile("\(temporary)/\(ids[0])", "half a bo")
      try writeFile("\(path)/precious", "x")
      symlink("\(path)/precious", "\(temporary)/\(ids[1])")
      mkdir("\(temporary)/\(ids[2])", 0o755)
      try writeFile("\(temporary)/README", "x")
      // Everything is new, and might be in use.
      #expect(try await store.listUploads(prefix: "").items.isEmpty)
      for id in ids { try await store.abortUpload("", id: id) }
      #expect(names(in: temporary) == ids + ["README"])

      let old = Duration.milliseconds(-10_000)
      #expect(try store.leftovers(olderThan: old).items.map(\.id) == [ids[0]])
      for id in ids { try store.removeLeftover(id, olderThan: old) }
      try store.removeLeftover(ids[0], olderThan: old)
      #expect(names(in: temporary) == Array(ids[1...]) + ["README"])
      #expect(names(in: path) == ["bucket", "precious"])
      for id in ["", "README", "../../precious", "..", "\(ids[0])/.."] {
        #expect(throws: ObjectStoreError.self) { try store.removeLeftover(id, olderThan: old) }
      }
      #expect(names(in: path) == ["bucket", "precious"])
    }
  }

  @Test("what others put into the folder is neither listed nor in the way")
  func foreignFiles() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: path)
      for name in ["README.txt", ".DS_Store", "UPPER,o"] { try writeFile("\(path)/\(name)", "x") }
      mkdir("\(path)/lost+found", 0o755)
      mkdir("\(path)/folder,o", 0o755)
      symlink("\(path)/lost+found", "\(path)/link")
      symlink("\(path)/README.txt", "\(path)/link,o")
      try await expectCreated(store, "a", [1])
      #expect(try await allKeys(store, "") == ["a"])
      await #expect(throws: ObjectStoreError.self) { try await store.get("link") }
      await #expect(throws: ObjectStoreError.self) { try await store.get("folder") }
      await #expect(throws: ObjectStoreError.self) { try await store.create("link/x", [1]) }
    }
  }

  @Test("no key leaves the folder", arguments: ListConformanceTests.nastiestKeys)
  func traversal(key: String) async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: "\(path)/bucket")
      try await expectCreated(store, key, [1])
      #expect(names(in: path) == ["bucket"])
      #expect(names(in: "\(path)/bucket").count == 2)
      #expect(names(in: "\(path)/bucket/.apus-tmp").isEmpty)
      _ = try await store.delete(key)
      #expect(names(in: "\(path)/bucket") == [".apus-tmp"])
    }
  }

  @Test("the time of an object is that of its writing, whatever its mtime says")
  func ctime() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: path)
      let created = try #require(try await expectCreated(store, "a", [1]))
      var times = [
        timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0),
      ]
      #expect(utimensat(AT_FDCWD, "\(path)/a,o", &times, 0) == 0)
      guard case .found(let object) = try await store.get("a") else {
        Issue.record("not found")
        return
      }
      let lastModified = try #require(object.lastModified)
      #expect(lastModified.since(created) < .seconds(60))
      #expect(created.since(lastModified) < .seconds(1))
      let listed = try await store.list(prefix: "", startAfter: nil, maxKeys: 1).items.first
      #expect(listed?.lastModified == lastModified)
    }
  }

  @Test("no date is before the Last-Modified that it comes with")
  func datesAfterTimes() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: path)
      for number in 0..<200 {
        let created = try #require(try await expectCreated(store, "\(number)", []))
        guard case .found(let object) = try await store.get("\(number)") else {
          Issue.record("not found")
          return
        }
        #expect(try #require(object.lastModified) <= created)
      }
    }
  }

  @Test("a removed root is an error, not an empty bucket")
  func removedRoot() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: "\(path)/bucket")
      try await expectCreated(store, "a/b", [1])
      removeTree("\(path)/bucket")
      _ = try FolderStore(path: "\(path)/bucket")
      let calls: [@Sendable () async throws -> Void] = [
        { _ = try await store.get("a/b") },
        { _ = try await store.create("a/c", [1]) },
        { _ = try await store.put("c", [1]) },
        { _ = try await store.list(prefix: "", startAfter: nil, maxKeys: 1) },
        { _ = try await store.list(prefix: "a/", startAfter: nil, maxKeys: 1) },
        { _ = try await store.delete("a/b") },
      ]
      for (index, call) in calls.enumerated() {
        let error = await #expect(throws: ObjectStoreError.self, "call \(index)") {
          try await call()
        }
        #expect(error?.code == .noSuchBucket, "call \(index)")
      }
    }
  }

  @Test("errors name the path and the reason")
  func errors() async throws {
    try await withTemporaryFolder { path in
      try writeFile("\(path)/file", "")
      let notFolder = #expect(throws: ObjectStoreError.self) {
        try FolderStore(path: "\(path)/file")
      }
      #expect(notFolder?.code == .invalidRequest)
      #expect(notFolder?.message == "cannot open the folder '\(path)/file': not a directory")

      let store = try FolderStore(path: "\(path)/bucket")
      try writeFile("\(path)/bucket/a", "in the way")
      let inTheWay = await #expect(throws: ObjectStoreError.self) {
        try await store.create("a/b", [1])
      }
      #expect(inTheWay?.code == .invalidRequest)
      #expect(inTheWay?.mayHaveBeenApplied == false)
      #expect(
        inTheWay?.message == "cannot create 'a/b' ('\(path)/bucket/a/b,o'): not a directory")
    }
  }

  @Test("a list keeps only what its page takes of a folder of many names")
  func manyNames() async throws {
    try await withTemporaryFolder { path in
      let store = try FolderStore(path: path)
      mkdir("\(path)/log", 0o755)
      for number in 0..<4000 { try writeFile("\(path)/log/\(10_000 + number),o", "") }
      // Names that sort first and give nothing: the page must go on behind them.
      for number in 0..<1500 { mkdir("\(path)/log/0\(10_000 + number)", 0o755) }
      let first = try await store.list(prefix: "log/", startAfter: nil, maxKeys: 1)
      #expect(first.items.map(\.key) == ["log/10000"])
      #expect(first.isTruncated)
      #expect(try await allKeys(store, "").count == 4000)
      let last = try await store.list(prefix: "log/", startAfter: "log/13998", maxKeys: 5)
      #expect(last.items.map(\.key) == ["log/13999"])
      #expect(!last.isTruncated)
    }
  }

  private func writeFile(_ path: String, _ text: String) throws {
    guard let file = fopen(path, "w") else {
      throw TestPlaceError(reason: "cannot write \(path): errno \(errno)")
    }
    defer { fclose(file) }
    fputs(text, file)
  }
}
