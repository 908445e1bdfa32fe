extension Look {
  /// Whether the condition holds between what stands before and what stands after.
  func holds(before: Alphabet.Traits, after: Alphabet.Traits) -> Bool {
    switch self {
    case .start: before.contains(.edge)
    case .end: after.contains(.edge)
    case .startLine: before.contains(.edge) || before.contains(.lineFeed)
    case .endLine: after.contains(.edge) || after.contains(.lineFeed)
    case .startLineCRLF:
      before.contains(.edge) || before.contains(.lineFeed)
        || before.contains(.carriageReturn) && !after.contains(.lineFeed)
    case .endLineCRLF:
      after.contains(.edge) || after.contains(.carriageReturn)
        || after.contains(.lineFeed) && !before.contains(.carriageReturn)
    case .word: before.contains(.word) != after.contains(.word)
    case .notWord: before.contains(.word) == after.contains(.word)
    case .wordStart: !before.contains(.word) && after.contains(.word)
    case .wordEnd: before.contains(.word) && !after.contains(.word)
    case .wordStartHalf: !before.contains(.word)
    case .wordEndHalf: !after.contains(.word)
    case .asciiWord: before.contains(.asciiWord) != after.contains(.asciiWord)
    case .notASCIIWord: before.contains(.asciiWord) == after.contains(.asciiWord)
    case .asciiWordStart: !before.contains(.asciiWord) && after.contains(.asciiWord)
    case .asciiWordEnd: before.contains(.asciiWord) && !after.contains(.asciiWord)
    case .asciiWordStartHalf: !before.contains(.asciiWord)
    case .asciiWordEndHalf: !after.contains(.asciiWord)
    }
  }

  /// Whether what stands after does not matter.
  var looksOnlyBack: Bool {
    switch self {
    case .start, .startLine, .wordStartHalf, .asciiWordStartHalf: true
    default: false
    }
  }
}
