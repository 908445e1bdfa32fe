import ChromaAPI
import Testing

@Suite struct QueryStringTests {
  @Test("limit and offset are read, everything else is ignored")
  func page() throws {
    let page = try QueryString("x=y&limit=5&offset=%37").page()
    #expect(page.limit == 5)
    #expect(page.offset == 7)
    #expect(try QueryString("").page().limit == nil)
    #expect(try QueryString("limit=4294967295").page().limit == 4_294_967_295)
  }

  @Test(
    "what is no number is refused as Rust does",
    arguments: [
      ("limit=abc", "limit: invalid digit found in string"),
      ("limit=", "limit: cannot parse integer from empty string"),
      ("limit=4294967296", "limit: number too large to fit in target type"),
      ("limit=99999999999999999999999", "limit: number too large to fit in target type"),
      ("offset=-1", "offset: invalid digit found in string"),
      ("limit=1&limit=2", "duplicate field `limit`"),
    ])
  func refused(query: String, expected: String) {
    let error = APIError.invalid("Failed to deserialize query string: \(expected)")
    #expect(throws: error) { try QueryString(Substring(query)).page() }
  }

  @Test("an unknown read level is refused")
  func readLevel() throws {
    try QueryString("read_level=index_only").checkReadLevel()
    #expect(throws: APIError.self) { try QueryString("read_level=x").checkReadLevel() }
  }
}
