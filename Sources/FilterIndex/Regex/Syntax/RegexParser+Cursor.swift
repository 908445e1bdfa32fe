extension RegexParser {
  var current: Unicode.Scalar? { at < pattern.count ? pattern[at] : nil }
  var isAtEnd: Bool { at >= pattern.count }
  /// The place of the current scalar; empty at the end.
  var here: Range<Int> { at..<min(at + 1, pattern.count) }

  /// Goes one scalar on; false if that is the end.
  @discardableResult
  mutating func advance() -> Bool {
    if at < pattern.count { at += 1 }
    return at < pattern.count
  }

  /// Goes one scalar on and over the space and comments that flag `x` allows.
  @discardableResult
  mutating func advanceOverSpace() -> Bool {
    guard advance() else { return false }
    skipSpace()
    return !isAtEnd
  }

  mutating func advance(over prefix: String) -> Bool {
    let scalars = Array(prefix.unicodeScalars)
    guard pattern[at...].starts(with: scalars) else { return false }
    at += scalars.count
    return true
  }

  /// Skips space and comments if flag `x` is set.
  mutating func skipSpace() {
    guard ignoreWhitespace else { return }
    while let scalar = current {
      if scalar.properties.isWhitespace {
        at += 1
      } else if scalar == "#" {
        while let inside = current {
          at += 1
          if inside == "\n" { break }
        }
      } else {
        return
      }
    }
  }

  var next: Unicode.Scalar? { at + 1 < pattern.count ? pattern[at + 1] : nil }

  /// The scalar after the current one; with flag `x`, after the space that follows it.
  var nextAfterSpace: Unicode.Scalar? {
    guard ignoreWhitespace else { return next }
    var inComment = false
    for scalar in pattern.dropFirst(at + 1) {
      if scalar.properties.isWhitespace { continue }
      guard scalar == "#", !inComment else { return scalar }
      inComment = true
    }
    return nil
  }
}
