import FilterIndex
import Model
import Testing

@Suite("agreement with Rust's crate, as recorded")
struct RustVerdictsTests {
  @Test("a pattern matches the texts that Rust matches with it")
  func matches() throws {
    for (pattern, verdicts) in RustVerdicts.matches {
      let expression = try RegularExpression(Text(pattern))
      let ours = RustVerdicts.texts.map { text in
        Text(text).withUTF8 { expression.isMatch($0) } ? "1" : "0"
      }
      #expect(ours.joined() == verdicts, "pattern \(pattern)")
    }
  }

  @Test("a malformed pattern is refused with Rust's message")
  func errors() {
    for (pattern, message) in RustVerdicts.errors {
      #expect(Regex.failure(of: pattern) == message, "pattern \(pattern)")
    }
  }
}

/// Short ways to try a pattern.
enum Regex {
  static func isMatch(_ pattern: String, _ text: String) throws -> Bool {
    let expression = try RegularExpression(Text(pattern))
    return Text(text).withUTF8 { expression.isMatch($0) }
  }

  /// The message with which the pattern is refused, or nil if it is not.
  static func failure(of pattern: String) -> String? {
    do {
      _ = try RegularExpression(Text(pattern))
      return nil
    } catch {
      return error.message
    }
  }
}
