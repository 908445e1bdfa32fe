package import Model

/// Ids as Rust's `uuid` crate reads them: with dashes or without, in braces, or as `urn:uuid:...`.
extension UniqueID {
  package init?(inAnyForm text: String) {
    if text.utf8.count == 38, text.hasPrefix("{"), text.hasSuffix("}") {
      self.init(dashed: String(text.dropFirst().dropLast()))
    } else if text.utf8.count == 45, text.hasPrefix("urn:uuid:") {
      self.init(dashed: String(text.dropFirst(9)))
    } else {
      self.init(text)
    }
  }

  private init?(dashed text: String) {
    guard text.utf8.count == 36 else { return nil }
    self.init(text)
  }

  /// What the crate says of a text that is no id.
  package static func complaint(_ text: String) -> String {
    let isBraced = text.hasPrefix("{") && text.hasSuffix("}") && text.utf8.count > 1
    let isURN = text.hasPrefix("urn:uuid:")
    var body = text
    if isBraced { body = String(text.dropFirst().dropLast()) }
    if !isBraced, isURN { body = String(text.dropFirst(9)) }
    // A wrapped id of the right length is judged without its wrapping.
    let isUnwrapped = isBraced && text.utf8.count == 38 || isURN && text.utf8.count == 45
    let offset = isUnwrapped ? 0 : isBraced ? 1 : isURN ? 9 : 0
    var dashes: [Int] = []
    var index = 0
    for scalar in body.unicodeScalars {
      if scalar == "-" {
        dashes.append(index)
      } else if !scalar.isASCII || !scalar.properties.isASCIIHexDigit {
        return "invalid character: expected an optional prefix of `urn:uuid:` followed by "
          + "[0-9a-fA-F-], found `\(scalar)` at \(index + offset + 1)"
      }
      index += UTF8.width(scalar)
    }
    if dashes.isEmpty, isUnwrapped || !isBraced && !isURN {
      return "invalid length: expected length 32 for simple format, found \(body.utf8.count)"
    }
    guard dashes.count == 4 else {
      return "invalid group count: expected 5, found \(dashes.count + 1)"
    }
    let starts = [0, 9, 14, 19, 24]
    let lengths = [8, 4, 4, 4, 12]
    for group in 0..<4 where dashes[group] != starts[group + 1] - 1 {
      return "invalid group length in group \(group): expected \(lengths[group]), "
        + "found \(dashes[group] - starts[group])"
    }
    let whole = isUnwrapped ? body : text
    return "invalid group length in group 4: expected 12, found \(whole.utf8.count - 24)"
  }
}
