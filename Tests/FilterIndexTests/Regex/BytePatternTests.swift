import FilterIndex
import Model
import Testing

/// What Chroma 1.5.9 says of these patterns.
@Suite("classes of bytes in regular expressions")
struct BytePatternTests {
  @Test(
    "a class of bytes, or of nothing, that is left after Rust's simplifications is told",
    arguments: [
      #"(?-u:\w)"#, #"[^\d\D]"#, "(?i-u:fox)", #"(?-u:\w){1}"#, #"(?:(?-u:\w)){2}"#,
      "a|(?-u:[bc])", "([ab])|(?-u:[cd])", "(?:[ab]|x)|(?-u:[cd])", #"[^\d\D]|a"#,
      #"[^\d\D]|[^\w\W]"#, #"ab[^\d\D]|ac[bc]"#, #"a[^\d\D]|ab[bc]"#, #"(a)[^\d\D]|(a)[bc]"#,
      "(?-u:[[:alpha:]])", "(?i-u)k", "[a&&b]", #"(?-u:\d)?"#, #"(?-u:^\d$)"#, #"|[^\d\D]"#,
      #"\PL(?-u:\s)b|\PL(?-u:\d)b"#, #"a*?[^\d\D]|a*[bc]"#, #"a{2}?[^\d\D]|a{2}[bc]"#,
      #"(?U:a*)[^\d\D]|a*[bc]"#, #"(?U)a*?[^\d\D]|a*[bc]"#, #"^*?[^\d\D]|^*[bc]"#,
    ])
  func bytes(pattern: String) throws {
    #expect(try RegularExpression.matchesBytes(Text(pattern)))
  }

  @Test(
    "one that is simplified away is not",
    arguments: [
      "(?-u:[a])", #"(?-u:\w){0}"#, "[ab]|(?-u:[cd])", #"[^\d\D]|[ab]"#, #"a[^\d\D]|a[bc]"#,
      #"(?:a)[^\d\D]|(?:a)[bc]"#, "(?-u:fox)", #"(?-u:\b)a"#, #"(?-u)\x61"#, #"(?i-u)\x31"#,
      "(?i)k",
      #"a*?[^\d\D]|a*?[bc]"#, #"(?U:a*)[^\d\D]|a*?[bc]"#, #"^*[^\d\D]|^?[bc]"#,
      #"\b{2}[^\d\D]|\b[bc]"#, #"(?:^|$){3,}[^\d\D]|(?:^|$)+?[bc]"#,
      #"x*[^\s\S]{0,0}"#, #"(?:|a)[^\d\D]|(?:|a)[bc]"#, #"a*[^\d\D]|a*[bc]"#,
      #"(?-u:\s)|(?-u:\d)"#, #"\pL(?-u:\s)|\pL(?-u:\d)"#,
    ])
  func characters(pattern: String) throws {
    #expect(try !RegularExpression.matchesBytes(Text(pattern)))
  }

  @Test("a long literal is read in a time that does not grow with its square")
  func long() throws {
    #expect(try !RegularExpression.matchesBytes(Text(String(repeating: "ab", count: 200_000))))
    let words = repeatElement(#"\w"#, count: 20_000).joined(separator: "|")
    #expect(try !RegularExpression.matchesBytes(Text(words)))
  }
}
