import Model
import ObjectStore
import S3Store
import Testing

struct S3FailureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let status: Int
    let storeCode: String
    let code: ObjectStoreError.Code
    let mayHaveBeenApplied: Bool
    var mentions = "why"
    var testDescription: String { "\(status) \(storeCode)" }
  }

  static let cases = [
    Case(
      status: 409, storeCode: "ConditionalRequestConflict", code: .storeFailed,
      mayHaveBeenApplied: true),
    Case(status: 500, storeCode: "InternalError", code: .storeFailed, mayHaveBeenApplied: true),
    Case(status: 503, storeCode: "SlowDown", code: .throttled, mayHaveBeenApplied: true),
    Case(status: 503, storeCode: "ServiceUnavailable", code: .throttled, mayHaveBeenApplied: true),
    Case(status: 429, storeCode: "TooManyRequests", code: .throttled, mayHaveBeenApplied: false),
    Case(status: 400, storeCode: "RequestTimeout", code: .unreachable, mayHaveBeenApplied: true),
    Case(status: 400, storeCode: "BadDigest", code: .damaged, mayHaveBeenApplied: true),
    Case(
      status: 400, storeCode: "InvalidArgument", code: .invalidRequest, mayHaveBeenApplied: false),
    Case(
      status: 501, storeCode: "NotImplemented", code: .invalidRequest, mayHaveBeenApplied: false),
    Case(
      status: 403, storeCode: "AccessDenied", code: .accessDenied, mayHaveBeenApplied: false,
      mentions: "s3:PutObject"),
    Case(
      status: 403, storeCode: "SignatureDoesNotMatch", code: .accessDenied,
      mayHaveBeenApplied: false, mentions: "AWS_SECRET_ACCESS_KEY"),
    Case(
      status: 403, storeCode: "InvalidAccessKeyId", code: .accessDenied, mayHaveBeenApplied: false,
      mentions: "AWS_ACCESS_KEY_ID"),
    Case(
      status: 403, storeCode: "RequestTimeTooSkewed", code: .accessDenied,
      mayHaveBeenApplied: false, mentions: "clock"),
    Case(
      status: 400, storeCode: "ExpiredToken", code: .accessDenied, mayHaveBeenApplied: false,
      mentions: "AWS_SESSION_TOKEN"),
    Case(
      status: 404, storeCode: "NoSuchBucket", code: .noSuchBucket, mayHaveBeenApplied: false,
      mentions: "create the bucket"),
    Case(status: 404, storeCode: "NoSuchKez", code: .damaged, mayHaveBeenApplied: false),
    Case(
      status: 301, storeCode: "PermanentRedirect", code: .invalidRequest, mayHaveBeenApplied: false,
      mentions: "AWS_REGION"),
  ]

  @Test("each refusal has its code, and says whether it may have been applied", arguments: cases)
  func refusals(expected: Case) async throws {
    try await withStore(answering: { _ in
      .refusal(expected.status, expected.storeCode)
    }) { store, server in
      let error = try #require(
        await failure { () async throws(ObjectStoreError) in
          try await store.create("a key", [1])
        })
      #expect(error.code == expected.code)
      #expect(error.mayHaveBeenApplied == expected.mayHaveBeenApplied)
      #expect(error.storeCode == expected.storeCode && error.requestID == "R1")
      for part in ["'a key'", "'bbb'", expected.storeCode, "R1", expected.mentions] {
        #expect(error.message.contains(part), "\(error)")
      }
      #expect(!error.message.contains("secret-of-the-test"))
      #expect(server.requests.count == 1)

      let read = try #require(
        await failure { () async throws(ObjectStoreError) in
          try await store.get("a key")
        })
      #expect(read.code == expected.code && !read.mayHaveBeenApplied)
    }
  }

  @Test("a bucket in another region is named with its region")
  func region() async throws {
    try await withStore(answering: { _ in
      .answer(
        301, ["x-amz-bucket-region": "ap-south-1"],
        Array("<Error><Code>PermanentRedirect</Code></Error>".utf8))
    }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
      #expect(error?.message.contains("'ap-south-1'") == true)
      #expect(error?.message.contains("'eu-west-1'") == true)
    }
  }

  @Test("412 answers a create with exists, and nothing else")
  func precondition() async throws {
    try await withStore(answering: { _ in
      .refusal(412, "PreconditionFailed")
    }) { store, server in
      let taken = try await store.create("k", [1])
      #expect(taken == .exists(date: nil))
      #expect(server.requests.first?.headers["if-none-match"] == "*")
      let error = await failure { () async throws(ObjectStoreError) in try await store.put("k", [1])
      }
      #expect(error?.code == .invalidRequest)
      #expect(server.requests.last?.headers["if-none-match"] == nil)
    }
  }

  @Test("a refused connection certainly changed nothing")
  func refusedConnection() async throws {
    try await withStore(
      answering: { _ in
        .silence
      },
      change: {
        $0.endpoint = "http://127.0.0.1:1"
        $0.hurry()
      }
    ) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.create("k", [1])
      }
      #expect(error?.code == .unreachable)
      #expect(error?.mayHaveBeenApplied == false, "\(error?.message ?? "")")
    }
  }

  @Test("no answer and a broken connection leave a create unknown", arguments: [true, false])
  func unknown(silent: Bool) async throws {
    try await withStore(
      answering: { _ in
        silent ? .silence : .rawThenClose([])
      }, change: { $0.hurry() }
    ) { store, server in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.create("k", [1])
      }
      #expect(error?.code == .unreachable, "\(String(describing: error))")
      #expect(error?.mayHaveBeenApplied == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test("a body that stops, or is cut short, is an error in time", arguments: [true, false])
  func truncated(closes: Bool) async throws {
    let half = Array("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".utf8)
    try await withStore(
      answering: { _ in
        closes ? .rawThenClose(half) : .raw(half)
      }, change: { $0.hurry() }
    ) { store, _ in
      let start = ContinuousClock.now
      let error = await failure { () async throws(ObjectStoreError) in try await store.get("k") }
      #expect(error?.isTransient == true, "\(String(describing: error))")
      #expect(ContinuousClock.now - start < .seconds(30))
    }
  }

  @Test("a cancelled request ends at once", .timeLimit(.minutes(1)))
  func cancelled() async throws {
    try await withStore(
      answering: { _ in
        .silence
      }, change: { $0.limits.requestTimeout = .seconds(600) }
    ) { store, _ in
      let error = await withTaskGroup(of: ObjectStoreError?.self) { group in
        group.addTask {
          await failure { () async throws(ObjectStoreError) in try await store.create("k", [1]) }
        }
        try? await Task.sleep(for: .milliseconds(100))
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(error?.code == .cancelled)
    }
  }

  @Test("a clock that is off is corrected by the refusal's date, and the next signature is right")
  func skew() async throws {
    let reply: @Sendable (LocalServer.Request) -> LocalServer.Reply = { request in
      guard request.headers["x-amz-date"]?.hasPrefix("20231114T2") == true else {
        return .answer(
          403, ["date": "Tue, 14 Nov 2023 22:13:20 GMT"],
          Array("<Error><Code>RequestTimeTooSkewed</Code></Error>".utf8))
      }
      return .answer(200)
    }
    try await withStore(answering: reply, wallClock: { 1_600_000_000 }) { store, _ in
      let error = await failure { () async throws(ObjectStoreError) in
        try await store.create("k", [1])
      }
      #expect(error?.isTransient == true && error?.mayHaveBeenApplied == false)
      let created = try await store.create("k", [1])
      #expect(created == .created(date: nil))
    }
  }

  @Test(
    "a configuration that cannot work is refused",
    arguments: [
      ("b", "eu", "http://x"), ("a/b", "eu", "http://x"), ("bucket", "", "http://x"),
      ("bucket", "eu", "x"),
    ])
  func configuration(bucket: String, region: String, endpoint: String) {
    #expect(throws: ObjectStoreError.self) {
      _ = try S3Store(
        S3Store.Configuration(
          bucket: bucket, region: region, endpoint: endpoint,
          credentials: FixedCredentials(.example)), clock: SystemServerClock(), wallClock: { 0 })
    }
  }
}
