package import Model

/// Writes JSON into a growing buffer, spelled byte for byte as serde_json 1.0 writes it compactly.
///
/// Commas come by themselves. The caller sees to it that begins and ends pair up and that every key is
/// followed by one value.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("ids")
///     writer.beginArray()
///     for id in ids { writer.string(id) }
///     writer.endArray()
///     writer.endObject()
///     let body = writer.finish()
package struct JSONWriter: ~Copyable {
  var bytes: JSONBytes
  private var needsComma = false

  package init(reservingBytes capacity: Int = 256) { bytes = JSONBytes(capacity: capacity) }

  /// Bytes written so far.
  package var count: Int { bytes.count }

  /// The text; the writer is spent.
  package consuming func finish() -> [UInt8] { bytes.withBytes { Array($0) } }

  package mutating func beginObject() { begin(Byte.openBrace) }
  package mutating func endObject() { end(Byte.closeBrace) }
  package mutating func beginArray() { begin(Byte.openBracket) }
  package mutating func endArray() { end(Byte.closeBracket) }

  /// A member's key; its value must follow.
  package mutating func key(_ key: String) {
    startValue()
    var key = key
    key.withUTF8 { appendQuoted($0) }
    bytes.append(Byte.colon)
    needsComma = false
  }

  /// A member's key; its value must follow.
  package mutating func key(_ key: Text) {
    startValue()
    key.withUTF8 { appendQuoted($0) }
    bytes.append(Byte.colon)
    needsComma = false
  }

  package mutating func null() {
    startValue()
    append("null")
  }

  package mutating func bool(_ value: Bool) {
    startValue()
    append(value ? "true" : "false")
  }

  package mutating func string(_ value: Text) {
    startValue()
    value.withUTF8 { appendQuoted($0) }
  }

  package mutating func string(_ value: String) {
    startValue()
    var value = value
    value.withUTF8 { appendQuoted($0) }
  }

  /// A member's key whose UTF-8 this is; its value must follow.
  package mutating func key(utf8: UnsafeBufferPointer<UInt8>) {
    startValue()
    appendQuoted(utf8)
    bytes.append(Byte.colon)
    needsComma = false
  }

  /// A string whose UTF-8 this is.
  package mutating func string(utf8: UnsafeBufferPointer<UInt8>) {
    startValue()
    appendQuoted(utf8)
  }

  /// A value (or several with their commas) that is JSON already.
  package mutating func raw(_ json: some Sequence<UInt8>) {
    startValue()
    bytes.append(contentsOf: json)
  }

  /// Writes the comma that a value or key needs before it.
  @inline(__always)
  mutating func startValue() {
    if needsComma { bytes.append(Byte.comma) }
    needsComma = true
  }

  private mutating func begin(_ byte: UInt8) {
    startValue()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  mutating func append(_ ascii: StaticString) {
    ascii.withUTF8Buffer { bytes.append($0) }
  }
}
