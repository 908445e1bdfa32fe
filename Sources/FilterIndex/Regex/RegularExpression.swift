package import Model
import Synchronization

/// A compiled pattern in the language of Rust's `regex` crate, Unicode aware.
///
/// A search takes time linear in the text, times at most the size of the pattern: there are no
/// back-references and no look-around, and nothing is tried twice. Memory for a search is bounded and kept
/// for the next one.
package struct RegularExpression: Sendable {
  private enum Method: Sendable {
    case substring(SubstringSearch)
    case automaton(Searcher, required: SubstringSearch?)
  }

  private let method: Method
  /// What each text that matches contains; nil where nothing is known.
  let requiredText: TextPattern?
  /// Whether each text with `requiredText` matches.
  let isLiteral: Bool

  /// Compiles a pattern; throws with Rust's message if it is malformed or compiles to more than 10 MiB.
  package init(_ pattern: Text) throws(RegexSyntaxError) {
    let meaning = try Self.meaning(of: pattern)
    let expression = meaning.expression
    let program = try Program(expression, sets: meaning.sets)
    if let literal = expression.literal {
      isLiteral = true
      requiredText = TextPattern(literal)
      method = .substring(SubstringSearch(literal))
    } else {
      let required = expression.requiredLiteral
      isLiteral = false
      requiredText = TextPattern(required)
      method = .automaton(
        Searcher(program), required: required.isEmpty ? nil : SubstringSearch(required))
    }
  }

  /// Whether a part of the pattern is a class of bytes rather than characters, or of nothing, after Rust's
  /// simplifications. Throws what the initialiser would, but for the size.
  package static func matchesBytes(_ pattern: Text) throws(RegexSyntaxError) -> Bool {
    try meaning(of: pattern).shape.hasByteClass
  }

  private static func meaning(of pattern: Text) throws(RegexSyntaxError) -> Meaning {
    let scalars = Array(pattern.string.unicodeScalars)
    do {
      return try Translator.translate(try RegexParser.parse(scalars))
    } catch {
      throw RegexSyntaxError(error, pattern: scalars)
    }
  }

  /// Whether the pattern matches somewhere in the text, which must be UTF-8.
  package func isMatch(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch method {
    case .substring(let search): search.occurs(in: text)
    case .automaton(let searcher, let required):
      required?.occurs(in: text) != false && searcher.isMatch(text)
    }
  }
}

/// Lends each search an automaton of its own.
private final class Searcher: Sendable {
  /// How many automata are kept between searches.
  private static let kept = 8

  private let program: Program
  private let idle = Mutex<[LazyAutomaton]>([])

  init(_ program: Program) { self.program = program }

  func isMatch(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var automaton = idle.withLock { $0.popLast() } ?? LazyAutomaton(program)
    defer {
      idle.withLock { idle in
        if idle.count < Self.kept { idle.append(automaton) }
      }
    }
    return automaton.isMatch(text)
  }
}
