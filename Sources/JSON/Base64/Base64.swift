/// Decodes vectors as Chroma's clients send them: base64 (RFC 4648, section 4: standard alphabet, padded)
/// of little-endian 32-bit floats.
package enum Base64 {
  /// Appends the floats to `floats` and returns how many; on an error `floats` is as it was.
  ///
  /// NaN and infinities are decoded like any other. Errors are found in the order of Rust's base64 crate,
  /// and only valid text is asked for its length.
  @discardableResult
  package static func decodeFloats(
    _ text: UnsafeBufferPointer<UInt8>, into floats: inout [Float]
  ) throws(Base64Error) -> Int {
    if text.count % 4 == 1, let last = text.last, last != padding, isInvalid(last) {
      throw .invalidByte(offset: text.count - 1, byte: last)
    }
    // The last group, whole or not, may be padded and is decoded apart.
    let bodyCount = max(0, text.count - 1) / 4 * 4
    let before = floats.count
    let bytesAtMost = bodyCount / 4 * 3 + 3
    floats.append(contentsOf: repeatElement(0, count: (bytesAtMost + 3) / 4))
    do throws(Base64Error) {
      let byteCount = try floats.withUnsafeMutableBufferPointer {
        (buffer) throws(Base64Error) -> Int in
        let output = UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: buffer[before...]))
        try decodeBody(text, bodyCount, into: output)
        return try bodyCount / 4 * 3
          + decodeTail(text, from: bodyCount, into: output, at: bodyCount / 4 * 3)
      }
      guard byteCount.isMultiple(of: 4) else {
        throw Base64Error.partialFloat(byteCount: byteCount)
      }
      floats.removeLast(floats.count - before - byteCount / 4)
      return byteCount / 4
    } catch {
      floats.removeLast(floats.count - before)
      throw error
    }
  }

  /// Decodes the first `count` symbols, a multiple of four and without padding.
  private static func decodeBody(
    _ text: UnsafeBufferPointer<UInt8>, _ count: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(Base64Error) {
    try tables.withUnsafeBufferPointer { (tables) throws(Base64Error) in
      /// The three bytes of the group at `index`, the first lowest; above them 0 if all is valid.
      func group(_ index: Int) -> UInt32 {
        tables[Int(text[index])] | tables[256 &+ Int(text[index &+ 1])]
          | tables[512 &+ Int(text[index &+ 2])] | tables[768 &+ Int(text[index &+ 3])]
      }
      var index = 0
      var written = 0
      while index &+ 16 <= count {
        let (a, b) = (group(index), group(index &+ 4))
        let (c, d) = (group(index &+ 8), group(index &+ 12))
        guard (a | b | c | d) >> 24 == 0 else { break }
        store(a | b << 24, output, written)
        store(b >> 8 | c << 16, output, written &+ 4)
        store(c >> 16 | d << 8, output, written &+ 8)
        index &+= 16
        written &+= 12
      }
      while index < count {
        let bits = group(index)
        guard bits >> 24 == 0 else { throw firstInvalid(text, from: index) }
        output[written] = UInt8(truncatingIfNeeded: bits)
        output[written &+ 1] = UInt8(truncatingIfNeeded: bits >> 8)
        output[written &+ 2] = UInt8(truncatingIfNeeded: bits >> 16)
        index &+= 4
        written &+= 3
      }
    }
  }

  /// Decodes the last one to four symbols and their padding; returns the number of bytes.
  private static func decodeTail(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int,
    into output: UnsafeMutableRawBufferPointer, at written: Int
  ) throws(Base64Error) -> Int {
    guard start < text.count else { return 0 }
    var bits: UInt32 = 0
    var symbolCount = 0
    var firstPadding: Int?
    for offset in start..<text.count {
      let byte = text[offset]
      if byte == padding {
        guard offset - start >= 2 else { throw .invalidByte(offset: offset, byte: byte) }
        firstPadding = firstPadding ?? offset
        continue
      }
      if let firstPadding { throw .invalidByte(offset: firstPadding, byte: padding) }
      guard !isInvalid(byte) else { throw .invalidByte(offset: offset, byte: byte) }
      bits = bits << 6 | value(byte)
      symbolCount += 1
    }
    guard symbolCount >= 2 else { throw .invalidLength(start + symbolCount) }
    guard text.count - start == 4 else { throw .invalidPadding }
    bits <<= UInt32(6 * (4 - symbolCount))
    let byteCount = symbolCount - 1
    guard bits & (0xff_ffff >> UInt32(8 * byteCount)) == 0 else {
      let offset = start + symbolCount - 1
      throw .invalidLastSymbol(offset: offset, byte: text[offset])
    }
    for index in 0..<byteCount {
      output[written + index] = UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index))
    }
    return byteCount
  }

  @inline(__always)
  private static func store(
    _ word: UInt32, _ output: UnsafeMutableRawBufferPointer, _ offset: Int
  ) {
    output.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  private static func firstInvalid(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Base64Error {
    var offset = start
    while offset < text.count - 1, !isInvalid(text[offset]) { offset += 1 }
    return .invalidByte(offset: offset, byte: text[offset])
  }
}

extension Base64 {
  static let padding = UInt8(ascii: "=")

  /// Marks a byte that is no symbol: above the three bytes of a group.
  private static let invalid: UInt32 = 0x8000_0000

  /// For each of a group's four symbols 256 entries: what the symbol there adds to the group's three bytes,
  /// of which the first is the lowest.
  private static let tables: [UInt32] = {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var tables = [UInt32](repeating: invalid, count: 4 * 256)
    for (value, symbol) in alphabet.enumerated() {
      for place in 0..<4 {
        let bits = UInt32(value) << UInt32(18 - 6 * place)
        tables[256 * place + Int(symbol)] = bits >> 16 | bits & 0xff00 | (bits & 0xff) << 16
      }
    }
    return tables
  }()

  private static func isInvalid(_ byte: UInt8) -> Bool { tables[Int(byte)] == invalid }

  /// The six bits of a symbol.
  private static func value(_ byte: UInt8) -> UInt32 { tables[768 + Int(byte)] >> 16 }
}
