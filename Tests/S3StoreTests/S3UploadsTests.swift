import Model
import ObjectStore
import S3Store
import Testing

@Suite("Uploads in parts that nobody ended")
struct S3UploadsTests {
  private static let two = """
    <ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
    <Upload><Key>p/a%2Bb+c</Key><UploadId>U&amp;1</UploadId><Owner><ID>x</ID></Owner>
    <Initiated>2023-11-14T22:13:20.000Z</Initiated></Upload>
    <Upload><Key>p/d</Key><UploadId>2</UploadId></Upload>
    <Upload><Key>other/d</Key><UploadId>3</UploadId></Upload></ListMultipartUploadsResult>
    """

  @Test("are listed with their beginnings; those of other prefixes are not")
  func list() async throws {
    let reply = LocalServer.Reply.answer(
      200, ["date": "Tue, 14 Nov 2023 22:13:21 GMT"], Array(Self.two.utf8))
    try await withStore(answering: { _ in reply }) { store, server in
      let list = try await store.listUploads(prefix: "p/")
      #expect(list.items.map(\.key) == ["p/a+b c", "p/d"])
      #expect(list.items.map(\.id) == ["U&1", "2"])
      #expect(list.items.map { $0.initiated?.millisecondsSince1970 } == [1_700_000_000_000, nil])
      #expect(list.isTruncated && list.date?.millisecondsSince1970 == 1_700_000_001_000)
      let request = try #require(server.requests.first)
      #expect(
        request.target == "/bbb?encoding-type=url&max-uploads=1000&prefix=p%2F&uploads")
      #expect(request.method == "GET")
    }
  }

  @Test(
    "a list that is not understood is damage, never an empty list",
    arguments: [
      "", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
      "<ListMultipartUploadsResult></ListMultipartUploadsResult>",
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>k</Key></Upload>"
        + "</ListMultipartUploadsResult>",
    ])
  func damaged(body: String) async throws {
    try await withStore(answering: { _ in .answer(200, [:], Array(body.utf8)) }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.listUploads(prefix: "")
      }
      #expect(error?.code == .damaged)
    }
  }

  @Test("are given up, also twice; without an id nothing is sent")
  func abort() async throws {
    try await withStore(answering: { request in
      switch request.target {
      case "/bbb/p/a%20b?uploadId=U%261": .answer(204)
      case "/bbb/gone?uploadId=2": .refusal(404, "NoSuchUpload")
      default: .refusal(403, "AccessDenied")
      }
    }) { store, server in
      try await store.abortUpload("p/a b", id: "U&1")
      try await store.abortUpload("gone", id: "2")
      let refused = await failure { () async throws(ObjectStoreError) in
        try await store.abortUpload("x", id: "3")
      }
      #expect(refused?.code == .accessDenied)
      let nameless = await failure { () async throws(ObjectStoreError) in
        try await store.abortUpload("x", id: "")
      }
      #expect(nameless?.code == .invalidRequest)
      #expect(server.requests.map(\.method) == ["DELETE", "DELETE", "DELETE"])
    }
  }
}
