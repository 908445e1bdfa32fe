/// A pattern that is not a regular expression of the supported language, or one too large to compile.
package struct RegexSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and where, in the words and the layout of Rust's `regex` crate, several lines long.
  package let message: String

  package var description: String { message }

  /// The largest size a compiled pattern may have, in bytes as Rust's crate counts them.
  static let sizeLimit = 10_485_760

  static let tooLarge = RegexSyntaxError(
    message: "Compiled regex exceeds size limit of \(sizeLimit) bytes.")

  private init(message: String) { self.message = message }

  init(_ failure: RegexFailure, pattern: [Unicode.Scalar]) {
    message = RegexErrorLayout(pattern: pattern).message(for: failure)
  }
}
