import Model

/// The part of a URL behind the question mark, as serde_urlencoded reads it.
package struct QueryString {
  private var pairs: [(key: Text, value: Text)] = []

  package init(_ text: Substring) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = percentDecoded(parts.first ?? "", plusIsSpace: true)
      let value = percentDecoded(parts.dropFirst().first ?? "", plusIsSpace: true)
      if let key, let value { pairs.append((key, value)) }
    }
  }

  /// Nil if the parameter is not there. Errors: it is there twice.
  subscript(name: Text) -> Text? {
    get throws(APIError) {
      let values = pairs.filter { $0.key == name }
      guard values.count < 2 else { throw .query("duplicate field `\(name)`") }
      return values.first?.value
    }
  }

  /// `limit` and `offset`.
  package func page() throws(APIError) -> (limit: Int?, offset: Int) {
    (try number("limit"), try number("offset") ?? 0)
  }

  /// A number as Rust reads a `u32`.
  private func number(_ name: Text) throws(APIError) -> Int? {
    guard let text = try self[name] else { return nil }
    guard !text.isEmpty else {
      throw .query("\(name): cannot parse integer from empty string")
    }
    let bytes = text.string.utf8
    let digits = bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
    guard !digits.isEmpty,
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { throw .query("\(name): invalid digit found in string") }
    guard let number = UInt32(text.string) else {
      throw .query("\(name): number too large to fit in target type")
    }
    return Int(number)
  }

  /// A number within bounds; nil if it is not there.
  func number(_ name: Text, in bounds: ClosedRange<Int>) throws(APIError) -> Int? {
    guard let number = try number(name) else { return nil }
    guard bounds.contains(number) else {
      throw .query("\(name): must be \(bounds.lowerBound) to \(bounds.upperBound), is \(number)")
    }
    return number
  }

  static let readLevels: [Text] = ["index_and_wal", "index_only", "index_and_bounded_wal"]

  /// `read_level`, which asks of Chroma's distributed server what Apus's reads do anyway.
  package func checkReadLevel() throws(APIError) {
    guard let level = try self["read_level"], !Self.readLevels.contains(level) else { return }
    let names = Self.readLevels.map { "`\($0)`" }.joined(separator: ", ")
    throw .query("read_level: unknown variant `\(level)`, expected one of \(names)")
  }
}

extension APIError {
  fileprivate static func query(_ message: String) -> APIError {
    .invalid("Failed to deserialize query string: \(message)")
  }
}
