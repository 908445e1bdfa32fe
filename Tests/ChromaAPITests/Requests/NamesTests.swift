import ChromaAPI
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
}
