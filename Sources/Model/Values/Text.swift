/// A string that is compared, ordered and hashed by its UTF-8 bytes.
///
/// Swift's own `String` holds two spellings of one character (composed and decomposed) for equal. Ids,
/// metadata keys and values must not: Chroma compares bytes, and two records whose ids differ in a byte
/// are two records.
package struct Text: Hashable, Comparable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  package let string: String

  /// The string's UTF-8 must be contiguous.
  private init(contiguous string: String) { self.string = string }

  package init(_ string: String) {
    var native = string
    native.makeContiguousUTF8()
    self.string = native
  }

  /// The text of these bytes, or nil if they are not valid UTF-8.
  package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard let utf8 = try? UTF8Span(validating: bytes.span) else { return nil }
    self.init(contiguous: String(copying: utf8))
  }

  /// The text of these bytes, or nil if they are not valid UTF-8.
  package init?(utf8 bytes: UnsafeRawBufferPointer) {
    self.init(utf8: bytes.bindMemory(to: UInt8.self))
  }

  /// The text of these bytes, or nil if they are not valid UTF-8.
  package init?(utf8 bytes: some Sequence<UInt8>) {
    let text = bytes.withContiguousStorageIfAvailable { Text(utf8: $0) }
    guard let text = text ?? Array(bytes).withUnsafeBufferPointer({ Text(utf8: $0) }) else {
      return nil
    }
    self = text
  }

  package init(stringLiteral value: StaticString) {
    self.init(value.description)
  }

  package var description: String { string }

  /// Length in bytes of UTF-8.
  package var utf8Count: Int { string.utf8.count }

  package var isEmpty: Bool { string.isEmpty }

  /// Calls `body` with the UTF-8 bytes of the text, without copying them.
  @inlinable @inline(__always)
  package func withUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    if let result = string.utf8.withContiguousStorageIfAvailable(body) { return result }
    var copy = string
    return copy.withUTF8(body)
  }

  package func hasPrefix(_ prefix: Text) -> Bool {
    string.utf8.starts(with: prefix.string.utf8)
  }

  package static func == (a: Text, b: Text) -> Bool {
    guard a.utf8Count == b.utf8Count else { return false }
    return a.withUTF8 { a in
      b.withUTF8 { b in a.elementsEqual(b) }
    }
  }

  package static func < (a: Text, b: Text) -> Bool {
    a.withUTF8 { a in b.withUTF8 { b in a.lexicographicallyPrecedes(b) } }
  }

  package func hash(into hasher: inout Hasher) {
    withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xff))
  }
}
