/// Metadata in the bytes that `Metadata.encode` wrote, of which all values are scalars: an answer is written from these,
/// without an object for each key and value in between.
///
/// Everything about the bytes was checked, so that reading them cannot fail.
package struct EncodedMetadata: Sendable {
  package enum Value {
    case bool(Bool)
    case int(Int64)
    case float(Double)
    /// Its UTF-8, valid as long as the key's.
    case string(UnsafeBufferPointer<UInt8>)
  }

  private let region: ByteRegion
  /// Number of keys.
  package let count: Int

  /// Nil where a value is a list, or the bytes are not what they should be: reading them as `Metadata` tells.
  package init?(_ region: ByteRegion) {
    let count = region.withBytes { bytes -> Int? in
      var cursor = Cursor(bytes)
      guard let count = cursor.length() else { return nil }
      var last: UnsafeBufferPointer<UInt8>?
      for _ in 0..<count {
        guard let (key, value) = cursor.entry(), Self.isUTF8(key) else { return nil }
        if case .string(let text) = value, !Self.isUTF8(text) { return nil }
        if let last, !last.lexicographicallyPrecedes(key) { return nil }
        last = key
      }
      return count
    }
    guard let count else { return nil }
    self.region = region
    self.count = count
  }

  /// Bytes of all of it.
  package var byteCount: Int { region.count }

  /// Calls `body` with the UTF-8 of each key, ascending, and its value. What they point to is valid during the call.
  package func forEach(_ body: (UnsafeBufferPointer<UInt8>, Value) -> Void) {
    region.withBytes { bytes in
      var cursor = Cursor(bytes)
      _ = cursor.length()
      for _ in 0..<count {
        guard let (key, value) = cursor.entry() else { return }
        body(key, value)
      }
    }
  }

  /// The same with keys and values of their own.
  package var metadata: Metadata {
    var pairs: [(Text, MetadataValue)] = []
    forEach { key, value in
      guard let key = Text(utf8: key) else { return }
      switch value {
      case .bool(let value): pairs.append((key, .bool(value)))
      case .int(let value): pairs.append((key, .int(value)))
      case .float(let value): pairs.append((key, .float(value)))
      case .string(let value):
        if let text = Text(utf8: value) { pairs.append((key, .string(text))) }
      }
    }
    return Metadata(pairs)
  }

  private static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil
  }
}

/// A place in encoded metadata. Every access is below its end.
private struct Cursor {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// What `BinaryWriter.write(length:)` wrote; nil where more is said to follow than is there.
  mutating func length() -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 35, by: 7) {
      guard let byte = byte() else { return nil }
      value |= Int(byte & 0x7f) << shift
      if byte < 0x80 { return value <= bytes.count - at ? value : nil }
    }
    return nil
  }

  mutating func entry() -> (UnsafeBufferPointer<UInt8>, EncodedMetadata.Value)? {
    guard let key = text(), let code = byte() else { return nil }
    switch code {
    case ValueCode.no: return (key, .bool(false))
    case ValueCode.yes: return (key, .bool(true))
    case ValueCode.int: return number().map { (key, .int(Int64(bitPattern: $0))) }
    case ValueCode.float: return number().map { (key, .float(Double(bitPattern: $0))) }
    case ValueCode.string: return text().map { (key, .string($0)) }
    default: return nil
    }
  }

  private mutating func byte() -> UInt8? {
    guard at < bytes.count else { return nil }
    defer { at += 1 }
    return bytes[at]
  }

  private mutating func number() -> UInt64? {
    guard bytes.count - at >= 8 else { return nil }
    defer { at += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
  }

  private mutating func text() -> UnsafeBufferPointer<UInt8>? {
    guard let count = length() else { return nil }
    defer { at += count }
    return UnsafeRawBufferPointer(rebasing: bytes[at..<at + count]).bindMemory(to: UInt8.self)
  }
}

/// Metadata as it is at hand.
package enum StoredMetadata: Sendable {
  case values(Metadata)
  case encoded(EncodedMetadata)

  package var isEmpty: Bool {
    switch self {
    case .values(let metadata): metadata.isEmpty
    case .encoded(let encoded): encoded.count == 0
    }
  }

  package var metadata: Metadata {
    switch self {
    case .values(let metadata): metadata
    case .encoded(let encoded): encoded.metadata
    }
  }
}
