import S3Store
import Testing

struct EncodingTests {
  @Test(
    "keys are encoded byte by byte",
    arguments: [
      ("a b", "a%20b"), ("a+b", "a%2Bb"), ("100%", "100%25"), ("ä", "%C3%A4"), ("~-._", "~-._"),
      ("a//b/", "a//b/"), ("!'()*", "%21%27%28%29%2A"), ("", ""), ("日", "%E6%97%A5"),
    ])
  func keys(key: String, encoded: String) {
    #expect(PercentEncoding.encode(key, keepingSlashes: true) == encoded)
    #expect(PercentEncoding.decode(encoded) == key)
  }

  @Test(
    "a plus sign is decoded to a space",
    arguments: [("a+b%2Bc", "a b+c"), ("%e4", nil), ("%2", nil), ("%zz", nil)]
      as [(String, String?)])
  func decoding(encoded: String, decoded: String?) {
    #expect(PercentEncoding.decode(encoded) == decoded)
  }

  @Test("a query is sorted by its encoded names; a name without a value is bare in the URL")
  func query() {
    let query = Query([("prefix", "a/ b"), ("delete", ""), ("A", "1")])
    #expect(query.canonical == "A=1&delete=&prefix=a%2F%20b")
    #expect(query.inURL == "?A=1&delete&prefix=a%2F%20b")
    #expect(Query([]).inURL == "")
  }

  @Test("a bucket is addressed by path or by host")
  func addresses() throws {
    let endpoint = try #require(Endpoint("https://S3.example.com:443/base/"))
    let path = BucketAddress(endpoint: endpoint, bucket: "b", pathStyle: true)
    #expect(
      path.url(path: path.path(of: "k /x"), query: Query([]))
        == "https://s3.example.com/base/b/k%20/x")
    #expect(path.path(of: nil) == "/base/b")
    let aws = try #require(Endpoint(Endpoint.aws(region: "eu-west-1")))
    let host = BucketAddress(endpoint: aws, bucket: "b", pathStyle: false)
    #expect(host.host == "b.s3.eu-west-1.amazonaws.com")
    #expect(
      host.url(path: host.path(of: nil), query: Query([("delete", "")]))
        == "https://b.s3.eu-west-1.amazonaws.com/?delete")
    let local = try #require(Endpoint("http://[::1]:9000"))
    #expect(BucketAddress(endpoint: local, bucket: "b", pathStyle: true).host == "[::1]:9000")
  }

  @Test(
    "what is no endpoint is refused",
    arguments: [
      "", "s3.example.com", "ftp://x", "http://", "http://:80", "http://u:p@x", "http://x:0",
      "http://x:99999", "http://x?y", "http://a b", "http://[::1", "http://x:80x",
    ])
  func badEndpoints(url: String) {
    #expect(Endpoint(url) == nil)
  }
}
