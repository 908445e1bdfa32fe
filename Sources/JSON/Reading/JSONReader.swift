/// Reads JSON (RFC 8259) step by step, without building a tree: the caller asks for the value it expects.
///
///     var reader = JSONReader(bytes)
///     try reader.beginObject(expected: "struct Query")
///     while let key = try reader.nextKey() {
///       switch key {
///       case "ids":
///         try reader.beginArray(expected: "a sequence")
///         while try reader.nextElement() { ids.append(try reader.text()) }
///       default: try reader.skip()
///       }
///     }
///     try reader.finish()
///
/// After `nextKey` or `nextElement` exactly one value must be read or skipped. What is accepted, and the
/// text and place of every error, are serde_json 1.0's: containers nest up to 127 deep (skipped ones
/// without limit), strings are valid UTF-8 without lone surrogates. After an error the reader may only be
/// rewound.
package struct JSONReader: ~Copyable {
  let bytes: [UInt8]
  var index = 0
  /// How many containers may still be opened, plus one.
  var remainingDepth = 128
  /// No element or key was asked for since the last container began.
  var isFirst = false
  /// A key was read, its colon not yet.
  var awaitsColon = false

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A place in the text to go back to.
  package struct Mark: Sendable {
    let index: Int
    let remainingDepth: Int
    let isFirst: Bool
    let awaitsColon: Bool
  }

  /// The current place, to read the same value a second time in another way.
  package var mark: Mark {
    Mark(
      index: index, remainingDepth: remainingDepth, isFirst: isFirst, awaitsColon: awaitsColon)
  }

  /// Goes back to a mark of this reader.
  package mutating func rewind(to mark: Mark) {
    index = mark.index
    remainingDepth = mark.remainingDepth
    isFirst = mark.isFirst
    awaitsColon = mark.awaitsColon
  }

  /// Number of bytes consumed.
  package var offset: Int { index }

  /// The kind of the value that comes next; nothing of it is consumed.
  package mutating func peek() throws(JSONError) -> JSONKind {
    let byte = try nextByte()
    switch byte {
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case Byte.minus, Byte.zero...Byte.nine: return .number
    case Byte.quote: return .string
    case Byte.openBracket: return .array
    case Byte.openBrace: return .object
    default: throw located(Fault(code: .expectedValue, offset: min(bytes.count, index + 1)))
    }
  }

  /// Makes sure that nothing but white space is left.
  package mutating func finish() throws(JSONError) {
    try scan { (scanner) throws(Fault) in
      _ = scanner.skipWhitespace()
      if scanner.at < scanner.end { throw scanner.faultAtNext(.trailingCharacters) }
    }
  }

  /// The first byte of the next value, which exists; consumes white space and a key's colon before it.
  @inline(__always)
  mutating func nextByte() throws(JSONError) -> UInt8 {
    if !awaitsColon, index < bytes.count, bytes[index] > 0x20 { return bytes[index] }
    let awaitsColon = self.awaitsColon
    let byte = try scan { (scanner) throws(Fault) -> UInt8 in
      if awaitsColon {
        let colon = scanner.skipWhitespace()
        guard scanner.at < scanner.end else { throw scanner.faultAtNext(.eofInObject) }
        guard colon == Byte.colon else { throw scanner.faultAtNext(.expectedColon) }
        scanner.at += 1
      }
      let byte = scanner.skipWhitespace()
      guard scanner.at < scanner.end else { throw scanner.faultAtNext(.eofInValue) }
      return byte
    }
    self.awaitsColon = false
    return byte
  }

  /// Runs `body` over the bytes from the current place, and moves to where it stopped, also when it
  /// throws.
  @inline(__always)
  mutating func scan<R>(
    _ body: (inout Scanner) throws(Fault) -> R
  ) throws(JSONError) -> R {
    var at = index
    do {
      let result = try bytes.withUnsafeBufferPointer { (buffer) throws(Fault) -> R in
        var scanner = Scanner(buffer, at: at)
        defer { at = scanner.at }
        return try body(&scanner)
      }
      index = at
      return result
    } catch {
      index = at
      throw located(error)
    }
  }
}

/// The kinds of JSON values.
package enum JSONKind: Hashable, Sendable {
  case null
  case bool
  case number
  case string
  case array
  case object
}
