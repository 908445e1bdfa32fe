package import Model

/// One part of a route between two slashes.
package enum PathPart: Hashable, ExpressibleByStringLiteral {
  case literal(Text)
  /// Stands for one value; the name is for errors.
  case parameter(String)

  package init(stringLiteral value: String) { self = .literal(Text(value)) }
}

/// The path of a request, cut at its slashes, still percent-encoded.
package struct RequestPath {
  let parts: [Substring]

  /// No route has more.
  private static let partsReserved = 12

  /// Nil for what is not an absolute path. A doubled or trailing slash leaves an empty part.
  package init?(_ path: Substring) {
    let slash = UInt8(ascii: "/")
    guard path.utf8.first == slash else { return nil }
    var parts: [Substring] = []
    parts.reserveCapacity(Self.partsReserved)
    var start = path.utf8.index(after: path.startIndex)
    while let end = path.utf8[start...].firstIndex(of: slash) {
      parts.append(path[start..<end])
      start = path.utf8.index(after: end)
    }
    parts.append(path[start...])
    self.parts = parts
  }

  /// The encoded values of the route's parameters, or nil if the route is another. As with Chroma a parameter
  /// may be empty, unless it is the last part.
  package func matches(_ route: [PathPart]) -> [Substring]? {
    guard parts.count == route.count, parts.last?.isEmpty == false else { return nil }
    // Routes differ in their last parts most.
    for index in route.indices.reversed() {
      if case .literal(let literal) = route[index], !literal.equals(parts[index]) { return nil }
    }
    var encoded: [Substring] = []
    encoded.reserveCapacity(parts.count)
    for (part, expected) in zip(parts, route) {
      if case .parameter = expected { encoded.append(part) }
    }
    return encoded
  }
}

extension Text {
  fileprivate func equals(_ text: Substring) -> Bool {
    let areEqual = text.utf8.withContiguousStorageIfAvailable { bytes in
      withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
    }
    return areEqual ?? string.utf8.elementsEqual(text.utf8)
  }
}

/// Percent-decodes once, so that `%252F` is the three characters `%2F`; nil if the bytes are not UTF-8.
/// A percent sign without two hexadecimal digits stands for itself.
package func percentDecoded(_ text: Substring, plusIsSpace: Bool = false) -> Text? {
  let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
    !bytes.contains { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }
  }
  if isPlain == true { return Text(String(text)) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let (high, low) = hexPair(rest) {
      bytes.append(high << 4 | low)
      rest = rest.dropFirst(2)
    } else if plusIsSpace, byte == UInt8(ascii: "+") {
      bytes.append(UInt8(ascii: " "))
    } else {
      bytes.append(byte)
    }
  }
  return Text(utf8: bytes)
}

private func hexPair(_ text: Substring.UTF8View.SubSequence) -> (UInt8, UInt8)? {
  var digits = text.makeIterator()
  guard let high = digits.next().flatMap(hexValue), let low = digits.next().flatMap(hexValue)
  else { return nil }
  return (high, low)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
