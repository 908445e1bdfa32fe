import Model

extension JSONReader {
  /// The container in which an error of the data is noticed.
  package enum Container: Sendable {
    case array
    case object
  }

  /// An error of the data at the current place: just past the value or key that was read last, which
  /// is where serde_json reports what one of its own reads rejects.
  package func dataError(_ message: String) -> JSONError {
    let (line, column) = position(of: index)
    return JSONError(kind: .data, message: message, line: line, column: column)
  }

  /// An error of the data that serde_json notices only when it leaves the container around the current
  /// value: a missing field (after the object's brace, which may already be consumed: then pass nil to
  /// `dataError`), or a value that fits no variant of an untagged enum.
  ///
  /// Past an array's element it consumes the bracket, or the comma and the white space behind it; past an
  /// object's member the brace, but not a comma.
  package mutating func dataError(_ message: String, leaving container: Container) -> JSONError {
    bytes.withUnsafeBufferPointer { buffer in
      var scanner = Scanner(buffer, at: index)
      let byte = scanner.skipWhitespace()
      switch (container, byte) {
      case (.array, Byte.closeBracket), (.object, Byte.closeBrace): scanner.at += 1
      case (.array, Byte.comma):
        scanner.at += 1
        _ = scanner.skipWhitespace()
      default: break
      }
      index = scanner.at
    }
    return dataError(message)
  }

  /// The error for a next value of the wrong type: `invalid type: integer `5`, expected a string`.
  ///
  /// Consumes the value unless it is an array or object; if it is malformed the error says that instead.
  package mutating func invalidType(expected: String) -> JSONError {
    do throws(JSONError) {
      let description = try describeValue()
      return dataError("invalid type: \(description), expected \(expected)")
    } catch {
      return error
    }
  }

  /// The next value as serde's errors describe it: `null`, `boolean `true``, `integer `5``,
  /// `floating point `1.5``, `string "x"`, `sequence` or `map`. Consumes it unless it is one of the last
  /// two.
  package mutating func describeValue() throws(JSONError) -> String {
    switch try peek() {
    case .null:
      try null()
      return "null"
    case .bool: return "boolean `\(try bool())`"
    case .number: return try rawNumber().described
    case .string: return "string \(rustDebug(try text().string))"
    case .array: return "sequence"
    case .object: return "map"
    }
  }

  func located(_ fault: Fault) -> JSONError {
    let (line, column) = position(of: fault.offset)
    return JSONError(
      kind: fault.code.kind, message: fault.code.message, line: line, column: column)
  }

  private func position(of offset: Int) -> (line: Int, column: Int) {
    var line = 1
    var lineStart = 0
    for (index, byte) in bytes[..<offset].enumerated() where byte == 0x0a {
      line += 1
      lineStart = index + 1
    }
    return (line, offset - lineStart)
  }
}

/// The text in quotes as Rust's `{:?}` writes it, which serde's messages use.
package func rustDebug(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\r": quoted += "\\r"
    case "\t": quoted += "\\t"
    case "\0": quoted += "\\0"
    case " ": quoted += " "
    case _ where scalar.isEscapedByRust:
      quoted += "\\u{\(String(scalar.value, radix: 16))}"
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

extension Unicode.Scalar {
  /// What does not show, and what would change the look of the character before it.
  fileprivate var isEscapedByRust: Bool {
    switch properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse,
      .unassigned:
      true
    default: properties.isGraphemeExtend
    }
  }
}
