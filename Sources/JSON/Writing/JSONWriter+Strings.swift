extension JSONWriter {
  /// Appends UTF-8 in quotes; only quotes, backslashes and control characters are escaped.
  mutating func appendQuoted(_ utf8: UnsafeBufferPointer<UInt8>) {
    bytes.reserve(utf8.count + 2)
    bytes.append(Byte.quote)
    // The reader's search stops at the very bytes that need an escape.
    var scanner = Scanner(utf8, at: 0)
    while true {
      let start = scanner.at
      _ = scanner.skipPlainBytes()
      bytes.append(UnsafeBufferPointer(rebasing: utf8[start..<scanner.at]))
      guard scanner.at < scanner.end else { break }
      appendEscape(utf8[scanner.at])
      scanner.at += 1
    }
    bytes.append(Byte.quote)
  }

  private mutating func appendEscape(_ byte: UInt8) {
    switch byte {
    case Byte.quote: append("\\\"")
    case Byte.backslash: append("\\\\")
    case 0x08: append("\\b")
    case 0x09: append("\\t")
    case 0x0a: append("\\n")
    case 0x0c: append("\\f")
    case 0x0d: append("\\r")
    default:
      let hex: StaticString = "0123456789abcdef"
      append("\\u00")
      bytes.append(hex.utf8Start[Int(byte >> 4)])
      bytes.append(hex.utf8Start[Int(byte & 0xf)])
    }
  }
}
