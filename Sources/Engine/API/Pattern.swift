import FilterIndex
package import Model

/// Regular expressions as requests bring them.
package enum Pattern {
  /// Errors: what is no pattern of the supported language, or matches bytes. One that is too large to compile
  /// shows only when it is used.
  package static func check(_ pattern: Text) throws(EngineError) {
    let matchesBytes: Bool
    do throws(RegexSyntaxError) {
      matchesBytes = try RegularExpression.matchesBytes(pattern)
    } catch {
      throw .invalidPattern(error.message)
    }
    guard !matchesBytes else { throw .invalidArgument("Byte pattern is not allowed") }
  }
}
