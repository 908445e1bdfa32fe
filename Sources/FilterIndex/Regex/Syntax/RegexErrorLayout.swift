/// Puts a failure into words: the pattern, carets under the place, the reason.
///
/// A pattern of several lines is printed between rules and with line numbers; a place that spans lines is
/// named by its numbers instead of carets.
struct RegexErrorLayout {
  private let pattern: [Unicode.Scalar]

  /// Line and column, both from one.
  private typealias Position = (line: Int, column: Int)

  init(pattern: [Unicode.Scalar]) { self.pattern = pattern }

  func message(for failure: RegexFailure) -> String {
    let spans = [failure.span, failure.other].compactMap(\.self)
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
      .map { (start: position(of: $0.lowerBound), end: position(of: $0.upperBound)) }
    let lines = self.lines
    let newline: Unicode.Scalar = "\n"
    let isMultiline = pattern.contains(newline)
    let lineCount = lines.count + (pattern.last == newline ? 1 : 0)
    let numberWidth = lineCount <= 1 ? 0 : String(lineCount).count
    var out = "regex parse error:\n"
    let rule = String(repeating: "~", count: 79) + "\n"
    if isMultiline { out += rule }
    for (index, line) in lines.enumerated() {
      if numberWidth > 0 {
        let number = String(index + 1)
        out += String(repeating: " ", count: numberWidth - number.count) + number + ": "
      } else {
        out += "    "
      }
      out += line + "\n"
      let here = spans.filter { $0.start.line == index + 1 && $0.end.line == index + 1 }
      guard !here.isEmpty else { continue }
      out += String(repeating: " ", count: numberWidth > 0 ? numberWidth + 2 : 4)
      out += Self.carets(under: here.map { $0.start.column..<max($0.start.column, $0.end.column) })
      out += "\n"
    }
    if isMultiline {
      out += rule
      for span in spans where span.start.line != span.end.line {
        out += "on line \(span.start.line) (column \(span.start.column)) through "
        out += "line \(span.end.line) (column \(span.end.column - 1))\n"
      }
    }
    return out + "error: \(failure.kind)"
  }

  private static func carets(under columns: [Range<Int>]) -> String {
    var out = ""
    for range in columns {
      out += String(repeating: " ", count: max(0, range.lowerBound - 1 - out.count))
      out += String(repeating: "^", count: max(1, range.count))
    }
    return out
  }

  private func position(of offset: Int) -> Position {
    var position: Position = (1, 1)
    for scalar in pattern.prefix(offset) {
      if scalar == "\n" {
        position = (position.line + 1, 1)
      } else {
        position.column += 1
      }
    }
    return position
  }

  /// The lines without their ends; nothing after a last line feed.
  private var lines: [String] {
    var lines = pattern.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.enumerated().map { index, line in
      var text = String.UnicodeScalarView()
      let endsInLineFeed = index < lines.count - 1 || pattern.last == "\n"
      text.append(contentsOf: endsInLineFeed && line.last == "\r" ? line.dropLast() : line)
      return String(text)
    }
  }
}
