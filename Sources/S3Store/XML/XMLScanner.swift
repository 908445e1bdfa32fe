/// Cuts a document into tags and text.
struct XMLScanner {
  enum Token {
    case open(String)
    case close(String)
    case text([UInt8])
  }

  private let bytes: [UInt8]
  private var position = 0
  /// The end of `<name/>`, which is still to be reported.
  private var pendingClose: String?

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The next token, or nil at the end of the document.
  mutating func next() throws(XMLError) -> Token? {
    if let name = pendingClose {
      pendingClose = nil
      return .close(name)
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") { return .text(try text()) }
      if looking(at: "<!--") {
        try skip(past: "-->")
      } else if looking(at: "<?") {
        try skip(past: "?>")
      } else if looking(at: "<![CDATA[") {
        let start = position + 9
        try skip(past: "]]>")
        return .text(Array(bytes[start..<(position - 3)]))
      } else if looking(at: "<!") {
        throw XMLError(description: "a document type is not allowed")
      } else {
        return try tag()
      }
    }
    return nil
  }

  private func looking(at text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  private mutating func skip(past end: StaticString) throws(XMLError) {
    // Past the first two bytes, so that `<!-->` is no comment.
    position += 2
    while position < bytes.count {
      if looking(at: end) {
        position += end.utf8CodeUnitCount
        return
      }
      position += 1
    }
    throw XMLError(description: "the document ends before \(end)")
  }

  private mutating func tag() throws(XMLError) -> Token {
    position += 1
    let closes = position < bytes.count && bytes[position] == UInt8(ascii: "/")
    if closes { position += 1 }
    let start = position
    while position < bytes.count, !Self.endsName(bytes[position]) { position += 1 }
    guard position > start,
      let name = String(validating: bytes[start..<position], as: UTF8.self)
    else { throw XMLError(description: "a tag without a name at byte \(start)") }

    var quote: UInt8?
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        let closesItself = bytes[position - 2] == UInt8(ascii: "/") && position - 2 >= start
        if !closes, closesItself { pendingClose = name }
        return closes ? .close(name) : .open(name)
      }
    }
    throw XMLError(description: "the document ends within the tag \(name)")
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: " "), 0x09, 0x0a, 0x0d: true
    default: false
    }
  }

  private mutating func text() throws(XMLError) -> [UInt8] {
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      if bytes[position] == UInt8(ascii: "&") {
        text.append(contentsOf: try entity().utf8)
      } else {
        text.append(bytes[position])
        position += 1
      }
    }
    return text
  }

  private mutating func entity() throws(XMLError) -> String {
    let start = position + 1
    // The longest, `&#1114111;`, has 10 bytes.
    guard let end = bytes[start...].prefix(9).firstIndex(of: UInt8(ascii: ";")) else {
      throw XMLError(description: "an entity without an end at byte \(position)")
    }
    position = end + 1
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      let isHexadecimal = name.hasPrefix("#x")
      let digits = name.dropFirst(isHexadecimal ? 2 : 1)
      guard name.hasPrefix("#"), let number = UInt32(digits, radix: isHexadecimal ? 16 : 10),
        let scalar = Unicode.Scalar(number)
      else { throw XMLError(description: "the entity &\(name); is unknown") }
      return String(Character(scalar))
    }
  }
}

enum XMLText {
  /// The text with everything escaped that has a meaning in XML, or that a parser would change.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case _ where scalar.value < 0x20: escaped += "&#x\(String(scalar.value, radix: 16));"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
