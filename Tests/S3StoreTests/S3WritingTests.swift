import Model
import ObjectStore
import S3Store
import Synchronization
import Testing

struct S3WritingTests {
  @Test("bodies are sent with their length, hash and checksum, and a session token is signed")
  func bodies() async throws {
    let temporary = S3Credentials(accessKeyID: "ID", secretAccessKey: "s", sessionToken: "token")
    try await withStore(
      answering: { _ in .answer(200) }, change: { $0.credentials = FixedCredentials(temporary) }
    ) { store, server in
      _ = try await store.put("a b", Array("123456789".utf8))
      _ = try await store.create("empty", [])
      let put = try #require(server.requests.first)
      #expect(put.method == "PUT" && put.target == "/bbb/a%20b")
      #expect(put.body == Array("123456789".utf8))
      #expect(put.headers["x-amz-checksum-crc32c"] == "4waSgw==")
      #expect(
        put.headers["x-amz-content-sha256"]?.hasPrefix("15e2b0d3c33891ebb0f1ef609ec41942") == true)
      #expect(put.headers["x-amz-security-token"] == "token")
      #expect(put.headers["authorization"]?.contains("x-amz-security-token") == true)
      #expect(server.requests.last?.headers["content-length"] == "0")
    }
  }

  /// Answers an upload in parts; `failing` is the number of the part that fails, 0 for the end, -1 for none.
  private static func parts(failing: Int) -> @Sendable (LocalServer.Request) -> LocalServer.Reply {
    { request in
      if request.method == "POST", request.target.hasSuffix("?uploads") {
        return .answer(200, [:], Array("<R><UploadId>U&amp;1</UploadId></R>".utf8))
      }
      if request.method == "DELETE" { return .answer(204) }
      if request.method == "POST" {
        return failing == 0
          ? .refusal(200, "InternalError")
          : .answer(200, [:], Array("<CompleteMultipartUploadResult/>".utf8))
      }
      let number = request.target.dropFirst("/bbb/k?partNumber=".count).prefix { $0 != "&" }
      return failing == Int(number)
        ? .refusal(500, "InternalError") : .answer(200, ["etag": "\"e\(number)\""])
    }
  }

  private static func inParts(_ configuration: inout S3Store.Configuration) {
    configuration.limits.singlePutBytesMax = 25
    configuration.limits.partBytes = 10
    configuration.limits.concurrentPartsMax = 2
  }

  @Test(
    "a body over the limit goes in parts, one at the limit does not", arguments: [25, 26, 30, 31])
  func split(count: Int) async throws {
    try await withStore(answering: Self.parts(failing: -1), change: Self.inParts) {
      store, server in
      let body = (0..<count).map { UInt8($0) }
      _ = try await store.put("k", body)
      let requests = server.requests
      guard count > 25 else {
        #expect(requests.map(\.method) == ["PUT"])
        return
      }
      let parts = requests.filter { $0.method == "PUT" }.sorted { $0.target < $1.target }
      #expect(parts.flatMap(\.body) == body)
      #expect(parts.allSatisfy { $0.target.hasSuffix("&uploadId=U%261") && $0.body.count <= 10 })
      let end = try #require(requests.last)
      let named = (1...parts.count).map {
        "<Part><PartNumber>\($0)</PartNumber><ETag>&quot;e\($0)&quot;</ETag></Part>"
      }
      #expect(String(decoding: end.body, as: UTF8.self).contains(named.joined()))
    }
  }

  @Test(
    "an upload that fails is given up; only its end may have been applied", arguments: [1, 3, 0])
  func aborted(failing: Int) async throws {
    try await withStore(answering: Self.parts(failing: failing), change: Self.inParts) {
      store, server in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.put("k", [UInt8](repeating: 1, count: 35))
      }
      #expect(error?.code == .storeFailed)
      #expect(error?.mayHaveBeenApplied == (failing == 0))
      // A part that was under way may arrive after it.
      let aborts = server.requests.filter { $0.method == "DELETE" }
      #expect(aborts.map(\.target) == ["/bbb/k?uploadId=U%261"])
    }
  }

  @Test("many keys are deleted with one request, whose refusals are errors")
  func deleteMany() async throws {
    let refusing = Mutex(false)
    try await withStore(answering: { _ in
      let error = "<Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
      let missing = "<Error><Key>c</Key><Code>NoSuchKey</Code></Error>"
      let body = missing + (refusing.withLock { $0 } ? error : "")
      return .answer(200, [:], Array("<DeleteResult>\(body)</DeleteResult>".utf8))
    }) { store, server in
      _ = try await store.delete(["a", "b<&"])
      let request = try #require(server.requests.first)
      #expect(request.method == "POST" && request.target == "/bbb?delete")
      #expect(request.headers["content-md5"]?.count == 24)
      #expect(String(decoding: request.body, as: UTF8.self).contains("<Key>b&lt;&amp;</Key>"))
      refusing.withLock { $0 = true }
      let error = await failure { () async throws(ObjectStoreError) in try await store.delete(["b"])
      }
      #expect(error?.code == .accessDenied && error?.message.contains("'b'") == true)
      _ = try await store.delete([])
      let tooMany = [String](repeating: "k", count: 1001)
      let refused = await failure { () async throws(ObjectStoreError) in
        try await store.delete(tooMany)
      }
      #expect(refused?.code == .invalidRequest)
      #expect(server.requests.count == 2)
    }
  }

  @Test(
    "keys of 1 to 1,024 bytes are sent, others refused",
    arguments: [(0, false), (1, true), (1024, true), (1025, false)])
  func keyLength(count: Int, fits: Bool) async throws {
    try await withStore(answering: { _ in .answer(200) }) { store, server in
      let key = String(repeating: "k", count: count)
      let error = await failure { () async throws(ObjectStoreError) in try await store.put(key, [1])
      }
      #expect(error?.code == (fits ? nil : .invalidRequest))
      #expect(server.requests.isEmpty == !fits)
    }
  }
}
