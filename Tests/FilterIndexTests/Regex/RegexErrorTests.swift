import FilterIndex
import Testing

@Suite("errors in regular expressions")
struct RegexErrorTests {
  @Test("the message points at the place and names the mistake")
  func layout() {
    #expect(
      Regex.failure(of: "ab(c")
        == """
        regex parse error:
            ab(c
              ^
        error: unclosed group
        """)
    #expect(
      Regex.failure(of: "(?P<n>a)(?P<n>b)")
        == """
        regex parse error:
            (?P<n>a)(?P<n>b)
                ^       ^
        error: duplicate capture group name
        """)
  }

  @Test("a pattern of several lines is printed with line numbers")
  func lines() {
    let rule = String(repeating: "~", count: 79)
    #expect(
      Regex.failure(of: "a\n(b\nc")
        == """
        regex parse error:
        \(rule)
        1: a
        2: (b
           ^
        3: c
        \(rule)
        error: unclosed group
        """)
  }

  // Recorded from Rust's crate regex 1.13.1.
  // swift-format-ignore
  static let messages: [(pattern: String, message: String)] = [
    ("[",
     "regex parse error:\n    [\n    ^\nerror: unclosed character class"),
    ("a(b",
     "regex parse error:\n    a(b\n     ^\nerror: unclosed group"),
    ("a)b",
     "regex parse error:\n    a)b\n     ^\nerror: unopened group"),
    ("*a",
     "regex parse error:\n    *a\n    ^\nerror: repetition operator missing expression"),
    ("a|*",
     "regex parse error:\n    a|*\n      ^\nerror: repetition operator missing expression"),
    ("(?i)*",
     "regex parse error:\n    (?i)*\n        ^\nerror: repetition operator missing expression"),
    ("a{",
     "regex parse error:\n    a{\n     ^\nerror: unclosed counted repetition"),
    ("a{2",
     "regex parse error:\n    a{2\n     ^^\nerror: unclosed counted repetition"),
    ("a{x}",
     "regex parse error:\n    a{x}\n      ^\nerror: repetition quantifier expects a valid decimal"),
    ("a{}",
     "regex parse error:\n    a{}\n      ^\nerror: repetition quantifier expects a valid decimal"),
    ("a{,2}",
     "regex parse error:\n    a{,2}\n      ^\nerror: repetition quantifier expects a valid decimal"),
    ("a{2,1}",
     "regex parse error:\n    a{2,1}\n     ^^^^^\nerror: invalid repetition count range, the start must be <= the end"),
    ("a{99999999999}",
     "regex parse error:\n    a{99999999999}\n      ^^^^^^^^^^^\nerror: decimal literal invalid"),
    ("\\",
     "regex parse error:\n    \\\n    ^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\q",
     "regex parse error:\n    \\q\n    ^^\nerror: unrecognized escape sequence"),
    ("\\x",
     "regex parse error:\n    \\x\n      ^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\x4",
     "regex parse error:\n    \\x4\n       ^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\xGG",
     "regex parse error:\n    \\xGG\n      ^\nerror: invalid hexadecimal digit"),
    ("\\x{}",
     "regex parse error:\n    \\x{}\n      ^^\nerror: hexadecimal literal empty"),
    ("\\x{110000}",
     "regex parse error:\n    \\x{110000}\n       ^^^^^^\nerror: hexadecimal literal is not a Unicode scalar value"),
    ("\\x{12",
     "regex parse error:\n    \\x{12\n      ^^^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\uD800",
     "regex parse error:\n    \\uD800\n      ^^^^\nerror: hexadecimal literal is not a Unicode scalar value"),
    ("[z-a]",
     "regex parse error:\n    [z-a]\n     ^^^\nerror: invalid character class range, the start must be <= the end"),
    ("[\\d-a]",
     "regex parse error:\n    [\\d-a]\n     ^^\nerror: invalid range boundary, must be a literal"),
    ("[a-\\w]",
     "regex parse error:\n    [a-\\w]\n       ^^\nerror: invalid range boundary, must be a literal"),
    ("[a\\b]",
     "regex parse error:\n    [a\\b]\n      ^^\nerror: invalid escape sequence found in character class"),
    ("(?=a)",
     "regex parse error:\n    (?=a)\n    ^^^\nerror: look-around, including look-ahead and look-behind, is not supported"),
    ("(?<!a)",
     "regex parse error:\n    (?<!a)\n    ^^^^\nerror: look-around, including look-ahead and look-behind, is not supported"),
    ("(a)\\1",
     "regex parse error:\n    (a)\\1\n       ^^\nerror: backreferences are not supported"),
    ("(?a)",
     "regex parse error:\n    (?a)\n      ^\nerror: unrecognized flag"),
    ("(?ii)",
     "regex parse error:\n    (?ii)\n      ^^\nerror: duplicate flag"),
    ("(?i-i)",
     "regex parse error:\n    (?i-i)\n      ^ ^\nerror: duplicate flag"),
    ("(?i--s)",
     "regex parse error:\n    (?i--s)\n       ^^\nerror: flag negation operator repeated"),
    ("(?i-)",
     "regex parse error:\n    (?i-)\n       ^\nerror: dangling flag negation operator"),
    ("(?i",
     "regex parse error:\n    (?i\n       ^\nerror: expected flag but got end of regex"),
    ("(?",
     "regex parse error:\n    (?\n    ^\nerror: unclosed group"),
    ("(?)",
     "regex parse error:\n    (?)\n     ^\nerror: repetition operator missing expression"),
    ("(?P<>a)",
     "regex parse error:\n    (?P<>a)\n        ^\nerror: empty capture group name"),
    ("(?P<1>a)",
     "regex parse error:\n    (?P<1>a)\n        ^\nerror: invalid capture group character"),
    ("(?P<n",
     "regex parse error:\n    (?P<n\n         ^\nerror: unclosed capture group name"),
    ("(?P<n>a)(?P<n>b)",
     "regex parse error:\n    (?P<n>a)(?P<n>b)\n        ^       ^\nerror: duplicate capture group name"),
    ("(?<\u{e9}>a)(?<\u{e9}>b",
     "regex parse error:\n    (?<\u{e9}>a)(?<\u{e9}>b\n       ^      ^\nerror: duplicate capture group name"),
    ("\\pX",
     "regex parse error:\n    \\pX\n    ^^^\nerror: Unicode property not found"),
    ("\\p{Foo}",
     "regex parse error:\n    \\p{Foo}\n    ^^^^^^^\nerror: Unicode property not found"),
    ("\\p{sc=Foo}",
     "regex parse error:\n    \\p{sc=Foo}\n    ^^^^^^^^^^\nerror: Unicode property value not found"),
    ("\\p{foo=bar}",
     "regex parse error:\n    \\p{foo=bar}\n    ^^^^^^^^^^^\nerror: Unicode property not found"),
    ("\\p",
     "regex parse error:\n    \\p\n      ^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\p\\",
     "regex parse error:\n    \\p\\\n      ^\nerror: invalid Unicode character class"),
    ("\\p{Greek",
     "regex parse error:\n    \\p{Greek\n            ^\nerror: incomplete escape sequence, reached end of pattern prematurely"),
    ("\\p{Cs}",
     "regex parse error:\n    \\p{Cs}\n    ^^^^^^\nerror: Unicode property value not found"),
    ("\\b{foo}",
     "regex parse error:\n    \\b{foo}\n       ^^^\nerror: unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half"),
    ("\\b{st",
     "regex parse error:\n    \\b{st\n      ^^^\nerror: special word boundary assertion is either unclosed or contains an invalid character"),
    ("\\b{",
     "regex parse error:\n    \\b{\n    ^^^\nerror: found either the beginning of a special word boundary or a bounded repetition on a \\b with an opening brace, but no closing brace"),
    ("(?-u)\\pL",
     "regex parse error:\n    (?-u)\\pL\n         ^^^\nerror: Unicode not allowed here"),
    ("(?-u).",
     "regex parse error:\n    (?-u).\n         ^\nerror: pattern can match invalid UTF-8"),
    ("(?-u)[^a]",
     "regex parse error:\n    (?-u)[^a]\n         ^^^^\nerror: pattern can match invalid UTF-8"),
    ("(?-u)\\xFF",
     "regex parse error:\n    (?-u)\\xFF\n         ^^^^\nerror: pattern can match invalid UTF-8"),
    ("(?-u)\\W",
     "regex parse error:\n    (?-u)\\W\n         ^^\nerror: pattern can match invalid UTF-8"),
    ("(?-u)[\u{e9}]",
     "regex parse error:\n    (?-u)[\u{e9}]\n          ^\nerror: Unicode not allowed here"),
    ("a\nb[",
     "regex parse error:\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n1: a\n2: b[\n    ^\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\nerror: unclosed character class"),
    ("(?x)a\n  (b\n  c",
     "regex parse error:\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n1: (?x)a\n2:   (b\n     ^\n3:   c\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\nerror: unclosed group"),
    ("ab\n[\nc",
     "regex parse error:\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n1: ab\n2: [\n   ^\n3: c\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\nerror: unclosed character class"),
    ("(\n",
     "regex parse error:\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n1: (\n   ^\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\nerror: unclosed group"),
    ("\u{6f22}\u{5b57}(",
     "regex parse error:\n    \u{6f22}\u{5b57}(\n      ^\nerror: unclosed group"),
    ("\\\u{e9}",
     "regex parse error:\n    \\\u{e9}\n    ^^\nerror: unrecognized escape sequence"),
    ("[[:alpha:]",
     "regex parse error:\n    [[:alpha:]\n    ^\nerror: unclosed character class"),
    ("[a&&",
     "regex parse error:\n    [a&&\n    ^\nerror: unclosed character class"),
    ("[[a]",
     "regex parse error:\n    [[a]\n    ^\nerror: unclosed character class"),
  ]

  @Test("every mistake has Rust's message", arguments: messages)
  func message(pattern: String, message: String) {
    #expect(Regex.failure(of: pattern) == message)
  }
}
