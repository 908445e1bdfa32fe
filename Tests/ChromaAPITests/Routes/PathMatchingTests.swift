import ChromaAPI
import Model
import Testing

@Suite struct PathMatchingTests {
  private func route(_ path: String) -> (route: Route, values: [Substring])? {
    RequestPath(Substring(path)).flatMap(RouteTable.find).map { ($0.route, $0.encoded) }
  }

  @Test("of all routes that fit a path the first of the table is found")
  func first() throws {
    for route in RouteTable.routes {
      let words = route.path.map { part in
        if case .literal(let word) = part { word.string } else { "x" }
      }
      // Some paths fit other routes as well, whose parameters stand where this one has fixed words.
      for changed in [nil] + Array(words.indices) {
        var words = words
        if let changed { words[changed] = "other" }
        let path = try #require(RequestPath(Substring("/" + words.joined(separator: "/"))))
        let first = RouteTable.routes.first { path.matches($0.path) != nil }
        #expect(RouteTable.find(path)?.route.template == first?.template)
      }
    }
  }

  @Test("a path finds its route, fixed words before parameters")
  func found() {
    let base = "/api/v2/tenants/t/databases/d/collections"
    #expect(route("\(base)/by-id/x")?.route.allow == "GET,HEAD")
    #expect(route("\(base)/x")?.route.allow == "GET,HEAD,PUT,DELETE")
    #expect(route("\(base)/x/functions/attach")?.route.allow == "POST")
    #expect(route("\(base)/x/functions/other")?.route.allow == "GET,HEAD")
    #expect(route("/api/v2/tenants/a%2Fb")?.values == ["a%2Fb"])
  }

  @Test("a parameter may be empty, as with Chroma, but not the last part")
  func empty() {
    #expect(route("/api/v2/tenants//databases")?.values == [""])
    #expect(route("/api/v2/tenants/t/databases//collections")?.values == ["t", ""])
    #expect(route("/api/v2/tenants/t/databases/d/collections//") == nil)
  }

  @Test(
    "trailing and doubled slashes, other cases and prefixes find nothing",
    arguments: [
      "", "/", "api/v2", "/api/v2/", "//api/v2", "/api//v2", "/api/v2/tenants/", "/API/v2",
      "/api/v2/tenants/a/databases/", "/api/v2/heartbeat/x", "/api/v2/%68eartbeat", "/api/v3",
    ])
  func notFound(path: String) {
    #expect(route(path) == nil)
  }

  @Test(
    "parameters are percent-decoded once",
    arguments: [
      ("a%2Fb", "a/b"), ("%252F", "%2F"), ("%C3%A4", "ä"), ("..", ".."), ("a+b", "a+b"),
      ("100%", "100%"), ("%zz", "%zz"), ("%4", "%4"),
    ])
  func decoding(encoded: String, expected: String) {
    #expect(percentDecoded(Substring(encoded)) == Text(expected))
  }

  @Test("what is no UTF-8 is not decoded")
  func invalid() {
    #expect(percentDecoded("%ff") == nil)
    #expect(percentDecoded("a%20+b", plusIsSpace: true) == "a  b")
  }
}
