extension RegexParser {
  /// Reads `?`, `*` or `+` after the last node of the branch.
  mutating func parseRepetition(
    _ branch: inout Branch, min: UInt32, max: UInt32?
  ) throws(RegexFailure) {
    let operand = try takeOperand(&branch)
    let isLazy = advance() && current == "?"
    if isLazy { advance() }
    let span = tree.nodes[operand].span.lowerBound..<at
    branch.nodes.append(
      tree.add(.repetition(operand, min: min, max: max, isLazy: isLazy), span))
  }

  /// Reads `{n}`, `{n,}` or `{n,m}` after the last node of the branch.
  mutating func parseCountedRepetition(_ branch: inout Branch) throws(RegexFailure) {
    let start = at
    let operand = try takeOperand(&branch)
    guard advanceOverSpace() else { throw RegexFailure(.repetitionUnclosed, start..<at) }
    // What is wrong with the first number is reported only once the braces are known to go on.
    let first = parseDecimal()
    guard !isAtEnd else { throw RegexFailure(.repetitionUnclosed, start..<at) }
    let min: UInt32
    let max: UInt32?
    if current == "," {
      guard advanceOverSpace() else { throw RegexFailure(.repetitionUnclosed, start..<at) }
      min = try first.get()
      max = current == "}" ? nil : try parseDecimal().get()
    } else {
      min = try first.get()
      max = min
    }
    guard current == "}" else { throw RegexFailure(.repetitionUnclosed, start..<at) }
    let isLazy = advanceOverSpace() && current == "?"
    if isLazy { advance() }
    if let max, min > max { throw RegexFailure(.repetitionRangeInvalid, start..<at) }
    let span = tree.nodes[operand].span.lowerBound..<at
    branch.nodes.append(
      tree.add(.repetition(operand, min: min, max: max, isLazy: isLazy), span))
  }

  private func takeOperand(_ branch: inout Branch) throws(RegexFailure) -> Int {
    guard let operand = branch.nodes.popLast() else {
      throw RegexFailure(.repetitionMissing, at..<at)
    }
    switch tree.nodes[operand].kind {
    case .empty, .flags: throw RegexFailure(.repetitionMissing, at..<at)
    default: return operand
    }
  }

  private mutating func parseDecimal() -> Result<UInt32, RegexFailure> {
    while let scalar = current, scalar.properties.isWhitespace { advance() }
    let start = at
    var value: UInt32? = 0
    var isEmpty = true
    while let digit = current, ("0"..."9").contains(digit) {
      isEmpty = false
      value = value.flatMap { value in
        let (tens, over) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(digit.value - 0x30)
        return over || carry ? nil : sum
      }
      advanceOverSpace()
    }
    let span = start..<at
    while let scalar = current, scalar.properties.isWhitespace { advanceOverSpace() }
    guard !isEmpty else { return .failure(RegexFailure(.repetitionCountEmpty, span)) }
    guard let value else { return .failure(RegexFailure(.decimalInvalid, span)) }
    return .success(value)
  }
}
