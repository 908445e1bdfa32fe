import ChromaAPI
import Engine
import Model
import Testing

@Suite struct NamesTests {
  @Test(
    "good names",
    arguments: [
      "abc", "a-b_c.d", "abc+def", "1.2.3", "256.1.1.1", "01.2.3.4",
      String(repeating: "a", count: 512),
    ])
  func good(name: String) {
    #expect(NameRule.complaint(Text(name)) == nil)
  }

  @Test(
    "bad names",
    arguments: [
      "", "ab", "-abc", "abc-", "a b", "a..b", "1.2.3.4", "255.255.255.255", "a+bbb", "abc+d+efg",
      "äbc", String(repeating: "a", count: 513),
    ])
  func bad(name: String) {
    #expect(NameRule.complaint(Text(name)) != nil)
  }

  @Test("a name that is far too long is quoted in part, an ordinary one whole")
  func quoted() throws {
    let ordinary = Text(String(repeating: "a", count: 513))
    #expect(NameRule.complaint(ordinary)?.hasSuffix("Got: \(ordinary)") == true)
    let long = Text(String(repeating: "a", count: 1_000_000))
    let complaint = try #require(NameRule.complaint(long))
    #expect(complaint.utf8.count < 400)
    #expect(complaint.hasSuffix("aaa... (1000000 bytes)"))
    #expect(APIError(.tenantNotFound(long)).message.utf8.count < 300)
  }
}
