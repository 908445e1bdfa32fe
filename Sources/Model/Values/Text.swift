/// A string that is compared, ordered and hashed by its UTF-8 bytes.
///
/// Swift's own `String` holds two spellings of one character (composed and decomposed) for equal. Ids,
/// metadata keys and values must not: Chroma compares bytes, and two records whose ids differ in a byte
/// are two records.
///
/// Public, as are a few others of this module, because functions that are `package` are never inlined into other modules,
/// nor made for the types they are called with (Swift 6.3): what is called for each byte or row must be `public` and
/// `@inlinable`.
public struct Text: Hashable, Comparable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The same as a string.
  public let string: String

  /// The string's UTF-8 must be contiguous.
  @inlinable
  init(contiguous string: String) { self.string = string }

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

  /// What a literal says; its UTF-8 is in the program.
  @inlinable
  public init(stringLiteral value: String) { self.init(contiguous: value) }

  /// The same as a string.
  public var description: String { string }

  /// Length in bytes of UTF-8.
  @inlinable
  public var utf8Count: Int { string.utf8.count }

  /// Whether it has no bytes.
  @inlinable
  public var isEmpty: Bool { string.isEmpty }

  /// Calls `body` with the UTF-8 bytes of the text, without copying them.
  @inlinable @inline(__always)
  public func withUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    if let result = string.utf8.withContiguousStorageIfAvailable(body) { return result }
    var copy = string
    return copy.withUTF8(body)
  }

  /// Whether it begins with these bytes.
  @inlinable
  public func hasPrefix(_ prefix: Text) -> Bool {
    withUTF8 { bytes in
      prefix.withUTF8 { prefix in
        bytes.count >= prefix.count && Self.areEqual(bytes, prefix, count: prefix.count)
      }
    }
  }

  /// Whether both have the same bytes.
  @inlinable
  public static func == (a: Text, b: Text) -> Bool {
    guard a.utf8Count == b.utf8Count else { return false }
    return a.withUTF8 { a in b.withUTF8 { b in areEqual(a, b, count: a.count) } }
  }

  /// Whether the first bytes are the same; both must have so many.
  @inlinable
  static func areEqual(
    _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, count: Int
  ) -> Bool {
    let (a, b) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
    var at = 0
    while count &- at >= 8 {
      let (x, y) = (
        a.loadUnaligned(fromByteOffset: at, as: UInt64.self),
        b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      )
      if x != y { return false }
      at &+= 8
    }
    while at < count {
      if a[at] != b[at] { return false }
      at &+= 1
    }
    return true
  }

  /// By bytes.
  public static func < (a: Text, b: Text) -> Bool {
    a.withUTF8 { a in b.withUTF8 { b in a.lexicographicallyPrecedes(b) } }
  }

  /// By bytes.
  public func hash(into hasher: inout Hasher) {
    withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xff))
  }
}
