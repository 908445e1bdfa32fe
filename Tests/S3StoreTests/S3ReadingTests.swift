import Model
import ObjectStore
import S3Store
import Testing

/// Answers of servers that are not quite S3, or that lie.
struct S3ReadingTests {
  static let date = "Tue, 14 Nov 2023 22:13:20 GMT"
  static let digits = Array("0123456789".utf8)

  @Test("a server that ignores ranges is asked for nothing more, and the range is cut out")
  func ignoresRanges() async throws {
    try await withStore(answering: { _ in
      .answer(200, ["date": Self.date, "last-modified": Self.date], Self.digits)
    }) { store, server in
      let ranges: [(ByteRange, String)] = [
        (.from(offset: 2, count: 3), "234"), (.from(offset: 8, count: 30), "89"),
        (.from(offset: 10, count: 1), ""), (.last(4), "6789"), (.last(40), "0123456789"),
      ]
      for (range, expected) in ranges {
        let object = try #require(try await store.get("k", range: range).object)
        #expect(object.body == Array(expected.utf8) && object.size == 10)
        #expect(object.date?.millisecondsSince1970 == 1_700_000_000_000)
        #expect(object.lastModified == object.date)
      }
      #expect(server.requests.count == ranges.count)
    }
  }

  @Test("a range past the end is empty, wherever the size comes from")
  func beyondEnd() async throws {
    let replies: [@Sendable (LocalServer.Request) -> LocalServer.Reply] = [
      { _ in .answer(416, ["content-range": "bytes */10"]) },
      { _ in .refusal(416, "InvalidRange", "<ActualObjectSize>10</ActualObjectSize>") },
      {
        $0.method == "HEAD"
          ? .raw(Array("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n".utf8)) : .answer(416)
      },
    ]
    for reply in replies {
      try await withStore(answering: reply) { store, _ in
        let object = try await store.get("k", range: .from(offset: 10, count: 1)).object
        #expect(object?.body == [] && object?.size == 10)
      }
    }
  }

  @Test(
    "a part that is not the one asked for is damage",
    arguments: [
      "bytes 0-2/10", "bytes 2-4/*", "bytes 2-4/4", "bytes 2-5/10", "bytes 2-3/10", "bytes x-4/10",
      "2-4/10", "", "bytes */10", "bytes 4-2/10", "bytes 2-99999999999999999999/10",
    ])
  func wrongParts(contentRange: String) async throws {
    try await withStore(answering: { _ in
      .answer(206, ["content-range": contentRange], Array("234".utf8))
    }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.get("k", range: .from(offset: 2, count: 3))
      }
      #expect(error?.code == .damaged)
    }
  }

  @Test("a body that does not match its checksum is damage; checksums of parts are not compared")
  func checksums() async throws {
    for (checksum, isRight) in [("KAwGng==", true), ("AAAAAA==", false), ("AAAAAA==-3", true)] {
      try await withStore(answering: { request in
        let asks = request.headers["x-amz-checksum-mode"] == "ENABLED"
        return .answer(200, asks ? ["x-amz-checksum-crc32c": checksum] : [:], Self.digits)
      }) { store, _ in
        let error = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
        #expect(error?.code == (isRight ? nil : .damaged), "\(String(describing: error))")
      }
    }
  }

  @Test("an object larger than the limit is refused, one as large as it is not")
  func limit() async throws {
    for (limit, fits) in [(10, true), (9, false)] {
      for chunked in [false, true] {
        try await withStore(
          answering: { _ in
            guard chunked else { return .answer(200, [:], Self.digits) }
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            return .raw(Array("\(head)5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n".utf8))
          }, change: { $0.limits.objectBytesMax = limit }
        ) { store, _ in
          let error = await failure { () async throws(ObjectStoreError) in try await store.get("k")
          }
          #expect((error == nil) == fits)
          #expect(error?.code != .damaged)
        }
      }
    }
  }

  @Test("a body without a length is damage: nobody could tell whether it is whole")
  func noLength() async throws {
    try await withStore(answering: { _ in
      .rawThenClose(Array("HTTP/1.1 200 OK\r\n\r\n0123".utf8))
    }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
      #expect(error?.isTransient == true)
    }
  }

  @Test("only NoSuchKey means that there is no object")
  func notFound() async throws {
    try await withStore(answering: { request in
      switch request.target {
      case "/bbb/none": .refusal(404, "NoSuchKey")
      case "/bbb/bare": .answer(404)
      default: .refusal(403, "AccessDenied")
      }
    }) { store, _ in
      let none = try await store.get("none").object
      #expect(none == nil)
      for (key, code) in [("bare", ObjectStoreError.Code.damaged), ("x", .accessDenied)] {
        let error = await failure { () async throws(ObjectStoreError) in try await store.get(key) }
        #expect(error?.code == code)
      }
    }
  }

  @Test("keys of a list are decoded where the server says that they are encoded")
  func list() async throws {
    func answer(_ encoding: String, _ key: String, truncated: String = "false") -> LocalServer.Reply
    {
      .answer(
        200, [:],
        Array(
          """
          <ListBucketResult>\(encoding)<IsTruncated>\(truncated)</IsTruncated><Contents><Key>\(key)</Key>
          <Owner><Key>no</Key></Owner><Size>3</Size><LastModified>2023-11-14T22:13:20.000Z</LastModified>
          </Contents></ListBucketResult>
          """.utf8))
    }
    let plain = answer("", "a%2B+&amp;")
    let encoded = answer("<EncodingType>url</EncodingType>", "a%2B+%26", truncated: "true")
    for (reply, key) in [(plain, "a%2B+&"), (encoded, "a+ &")] {
      try await withStore(answering: { _ in reply }) { store, server in
        let list = try await store.list(prefix: "p/", startAfter: "p/ä", maxKeys: 5)
        #expect(list.items.map(\.key) == [key] && list.items.map(\.size) == [3])
        #expect(list.items.first?.lastModified?.millisecondsSince1970 == 1_700_000_000_000)
        #expect(
          server.requests.first?.target
            == "/bbb?encoding-type=url&list-type=2&max-keys=5&prefix=p%2F&start-after=p%2F%C3%A4")
      }
    }
  }

  @Test(
    "a list that is not understood is damage, never an empty list",
    arguments: [
      "", "<ListBucketResult>", "<Html/>", "<ListBucketResult></ListBucketResult>",
      "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key></Contents></ListBucketResult>",
    ])
  func damagedList(body: String) async throws {
    try await withStore(answering: { _ in .answer(200, [:], Array(body.utf8)) }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.list(prefix: "", startAfter: nil, maxKeys: 10)
      }
      #expect(error?.code == .damaged)
    }
  }
}
