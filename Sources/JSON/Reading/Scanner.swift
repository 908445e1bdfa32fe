/// A position in bytes that someone else keeps alive, with the steps that every JSON value shares.
///
/// Lives only inside `withUnsafeBufferPointer`. Every access is below `end`.
struct Scanner {
  let bytes: UnsafeBufferPointer<UInt8>
  let end: Int
  var at: Int

  @inline(__always)
  init(_ bytes: UnsafeBufferPointer<UInt8>, at: Int) {
    self.bytes = bytes
    self.end = bytes.count
    self.at = at
  }

  /// The byte at the position, or 0 at the end (which no JSON token has).
  @inline(__always)
  var current: UInt8 { at < end ? bytes[at] : 0 }

  /// Moves past white space and returns the byte that follows, 0 at the end. A NUL in the text is
  /// told apart by `at < end`.
  @inline(__always)
  mutating func skipWhitespace() -> UInt8 {
    while at < end {
      let byte = bytes[at]
      guard byte <= 0x20, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else {
        return byte
      }
      at &+= 1
    }
    return 0
  }

  /// A fault caused by the bytes consumed so far.
  func fault(_ code: Fault.Code) -> Fault { Fault(code: code, offset: at) }

  /// A fault caused by the byte at the position, which counts as seen if there is one.
  func faultAtNext(_ code: Fault.Code) -> Fault { Fault(code: code, offset: min(end, at + 1)) }

  /// Consumes the rest of `null`, `true` or `false` after its first letter.
  mutating func identifier(_ rest: StaticString) throws(Fault) {
    at += 1
    for index in 0..<rest.utf8CodeUnitCount {
      guard at < end else { throw fault(.eofInValue) }
      at += 1
      guard bytes[at - 1] == rest.utf8Start[index] else { throw fault(.expectedIdent) }
    }
  }

  /// Eight bytes from `index`, which must be at least eight below the end.
  @inline(__always)
  func word(_ index: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped)
        .loadUnaligned(fromByteOffset: index, as: UInt64.self))
  }
}

/// ASCII codes of JSON's tokens.
enum Byte {
  static let quote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
  static let comma = UInt8(ascii: ",")
  static let colon = UInt8(ascii: ":")
  static let minus = UInt8(ascii: "-")
  static let plus = UInt8(ascii: "+")
  static let point = UInt8(ascii: ".")
  static let zero = UInt8(ascii: "0")
  static let nine = UInt8(ascii: "9")
  static let openBracket = UInt8(ascii: "[")
  static let closeBracket = UInt8(ascii: "]")
  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }
}
