import FilterIndex
import Model
import Testing

@Suite("limits of regular expressions")
struct RegexLimitTests {
  static let tooLarge = "Compiled regex exceeds size limit of 10485760 bytes."

  @Test(
    "a pattern is refused one past the size that Rust refuses",
    arguments: [("[a-z]", 145_635), (".", 10_485), ("[aé]", 62_415), (#"\w"#, 208)])
  func size(unit: String, most: Int) {
    #expect(Regex.failure(of: "\(unit){\(most)}") == nil)
    #expect(Regex.failure(of: "\(unit){\(most + 1)}") == Self.tooLarge)
  }

  @Test(
    "nested counts that multiply are refused at once",
    arguments: [
      "(?:(?:a{1000}){1000}){1000}", "a{4294967295}", "(?:a?b?){0,4000000000}",
      "[a&&b]{4000000000}", #"(?:\pL{1000}){1000}"#,
    ])
  func products(pattern: String) {
    #expect(Regex.failure(of: pattern) == Self.tooLarge)
  }

  @Test("groups may be nested 250 deep and no deeper")
  func depth() {
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
    }
    #expect(Regex.failure(of: nested(250)) == nil)
    let suffix = "error: exceed the maximum number of nested parentheses/brackets (250)"
    #expect(Regex.failure(of: nested(251))?.hasSuffix(suffix) == true)
    #expect(Regex.failure(of: nested(200_000))?.hasSuffix(suffix) == true)
    let classes = String(repeating: "[", count: 251) + "a" + String(repeating: "]", count: 251)
    #expect(Regex.failure(of: classes)?.hasSuffix(suffix) == true)
  }

  @Test(
    "patterns that make a backtracking engine hang take no time",
    arguments: [
      "(a*)*[bc]", "(x+x+)+[yz]", "(a+a+)+[bc]", "(a|a)*[bc]", "(a|aa)+[cd]",
      "(a{0,100}){0,50}[bc]", "(?:a?){100}a{100}[bc]", "(.*)(.*)(.*)(.*)[^ab]", "(.*a){20}[cd]",
      "^(([a-z])+.)+[A-Z]([a-z])+$",
    ])
  func noBacktracking(pattern: String) throws {
    let text = String(repeating: "a", count: 100_000)
    let clock = ContinuousClock()
    var matches = true
    let time = try clock.measure { matches = try Regex.isMatch(pattern, text) }
    #expect(!matches)
    #expect(time < .seconds(20))
  }

  @Test("a pattern whose automaton is exponential is searched within the automaton's bound")
  func exponentialAutomaton() throws {
    let seed = TestSeed.value
    var random = TestRandom(seed: seed)
    let text = String((0..<30_000).map { _ in random.next() & 1 == 0 ? "a" : "b" } as [Character])
    // Needs 2^30 states if none is thrown away.
    #expect(try !Regex.isMatch("a[ab]{30}[cd]", text), "APUS_SEED=\(seed)")
    #expect(try Regex.isMatch("a[ab]{30}[cd]", text + "aabababababababababababababababac"))
  }

  @Test("thousands of different sets are classified or refused, not mulled over")
  func manySets() {
    let letters = (0..<4_000).compactMap { Unicode.Scalar(0x4e00 + $0) }.map(Character.init)
    #expect(Regex.failure(of: letters.map { "[^\($0)]" }.joined()) == nil)
    #expect(Regex.failure(of: "[" + String(letters) + "]") == nil)
  }
}
