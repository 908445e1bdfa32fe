import S3Store
import Testing

/// The examples of "Signature Calculations for the Authorization Header" in S3's API reference.
struct SignerTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: String
    let path: String
    let query: Query
    let headers: [(name: String, value: String)]
    let body: String
    let signature: String
  }

  static let examples = [
    Example(
      testDescription: "get object", method: "GET", path: "/test.txt", query: Query([]),
      headers: [("range", "bytes=0-9")], body: "",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    Example(
      testDescription: "put object", method: "PUT", path: "/test%24file.text", query: Query([]),
      headers: [
        ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
      ],
      body: "Welcome to Amazon S3.",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    Example(
      testDescription: "get bucket lifecycle", method: "GET", path: "/",
      query: Query([("lifecycle", "")]), headers: [], body: "",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    Example(
      testDescription: "list objects", method: "GET", path: "/",
      query: Query([("prefix", "J"), ("max-keys", "2")]), headers: [], body: "",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ]

  @Test("AWS's published examples have AWS's signatures", arguments: examples)
  func published(example: Example) throws {
    let signer = Signer(region: "us-east-1")
    let time = try #require(
      CivilTime(year: 2013, month: 5, day: 24, hour: 0, minute: 0, second: 0))
    let hash = Signer.hash(Array(example.body.utf8)[...])
    let common = [
      (name: "host", value: "examplebucket.s3.amazonaws.com"),
      (name: "x-amz-content-sha256", value: hash), (name: "x-amz-date", value: time.basic),
    ]
    let request = Signer.Request(
      method: example.method, path: example.path, query: example.query.canonical,
      headers: example.headers + common, payloadHash: hash)
    let credentials = S3Credentials(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    // Twice, the second time with the cached key.
    for _ in 0..<2 {
      let value = signer.authorization(for: request, by: credentials, at: time)
      #expect(value.hasSuffix("Signature=" + example.signature), "\(value)")
      #expect(
        value.hasPrefix(
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"))
    }
  }

  @Test("the key of a day is not used for another day or another secret")
  func dayKey() throws {
    let signer = Signer(region: "us-east-1")
    let request = Signer.Request(
      method: "GET", path: "/", query: "", headers: [("host", "h")], payloadHash: "")
    func sign(_ signer: Signer, secret: String, _ seconds: Int64) -> String {
      signer.authorization(
        for: request, by: S3Credentials(accessKeyID: "A", secretAccessKey: secret),
        at: CivilTime(secondsSince1970: seconds))
    }
    for (secret, seconds) in [("a", 0), ("a", 86_400), ("b", 86_400), ("a", 0)] as [(String, Int64)]
    {
      let fresh = Signer(region: "us-east-1")
      #expect(sign(signer, secret: secret, seconds) == sign(fresh, secret: secret, seconds))
    }
    #expect(sign(signer, secret: "a", 0) != sign(signer, secret: "b", 0))
  }

  @Test("a description of credentials contains no secret")
  func redacted() {
    let credentials = S3Credentials(
      accessKeyID: "ID", secretAccessKey: "hidden1", sessionToken: "hidden2")
    var dumped = ""
    dump(credentials, to: &dumped)
    let all = "\(credentials) \(String(reflecting: credentials)) \(dumped)"
    #expect(all.contains("ID") && !all.contains("hidden"))
  }
}
