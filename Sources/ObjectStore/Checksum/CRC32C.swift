import CChecksum

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), S3's `x-amz-checksum-crc32c`.
///
/// By the processor's instructions where it has them. Elsewhere eight bytes a step by eight tables (Kounavis and Berry:
/// Novel table lookup-based algorithms for high-performance CRC generation, 2008). Three lanes at once, since a step
/// waits for the one before it.
package enum CRC32C {
  /// The checksum of all bytes; of none it is 0.
  package static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    let fast = bytes.withContiguousStorageIfAvailable { buffer in
      checksum(UnsafeRawBufferPointer(buffer), continuing: 0)
    }
    if let fast { return fast }
    return Array(bytes).withUnsafeBytes { checksum($0, continuing: 0) }
  }

  /// The checksum of these bytes; `previous` is that of the bytes before them, 0 where there are none.
  package static func checksum(
    _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0
  ) -> UInt32 {
    guard let hardware else { return portable(bytes, continuing: previous) }
    return tables.withUnsafeBufferPointer { tables in
      guard let start = bytes.baseAddress,
        let shift = tables.baseAddress.map({ $0 + 8 * 256 })
      else { return previous }
      return ~hardware(~previous, start, bytes.count, shift)
    }
  }

  private static let hardware = apus_crc32c_hardware()

  /// The same without special instructions.
  package static func portable(
    _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0
  ) -> UInt32 {
    guard let start = bytes.baseAddress else { return previous }
    return tables.withUnsafeBufferPointer { t in
      var crc = ~previous
      var i = 0
      while bytes.count &- i >= 3 &* laneBytes {
        crc = lanes(start + i, from: crc, t)
        i &+= 3 &* laneBytes
      }
      while bytes.count &- i >= 8 {
        crc = step(crc, start + i, t)
        i &+= 8
      }
      while i < bytes.count {
        crc = t[Int((crc ^ UInt32(bytes[i])) & 0xff)] ^ (crc &>> 8)
        i &+= 1
      }
      return ~crc
    }
  }

  private static let laneBytes = Int(apus_crc32c_lane_bytes)

  /// The register after three lanes' bytes. The later two begin at zero: the register is linear, so that
  /// theirs are added to what the earlier ones are after as many zero bytes.
  private static func lanes(
    _ start: UnsafeRawPointer, from crc: UInt32, _ t: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    var a = crc
    var b: UInt32 = 0
    var c: UInt32 = 0
    var i = 0
    while i < laneBytes {
      a = step(a, start + i, t)
      b = step(b, start + (i &+ laneBytes), t)
      c = step(c, start + (i &+ 2 &* laneBytes), t)
      i &+= 8
    }
    return shifted(shifted(a, t) ^ b, t) ^ c
  }

  /// The register after eight bytes.
  @inline(__always)
  private static func step(
    _ crc: UInt32, _ start: UnsafeRawPointer, _ t: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    let low = UInt32(truncatingIfNeeded: word) ^ crc
    let high = UInt32(truncatingIfNeeded: word &>> 32)
    let first = t[0x700 + Int(low & 0xff)] ^ t[0x600 + Int(low &>> 8 & 0xff)]
    let second = t[0x500 + Int(low &>> 16 & 0xff)] ^ t[0x400 + Int(low &>> 24)]
    let third = t[0x300 + Int(high & 0xff)] ^ t[0x200 + Int(high &>> 8 & 0xff)]
    let fourth = t[0x100 + Int(high &>> 16 & 0xff)] ^ t[Int(high &>> 24)]
    return first ^ second ^ third ^ fourth
  }

  /// The register after a lane of zero bytes.
  @inline(__always)
  private static func shifted(_ crc: UInt32, _ t: UnsafeBufferPointer<UInt32>) -> UInt32 {
    t[0x800 + Int(crc & 0xff)] ^ t[0x900 + Int(crc &>> 8 & 0xff)]
      ^ t[0xa00 + Int(crc &>> 16 & 0xff)] ^ t[0xb00 + Int(crc &>> 24)]
  }

  /// Table `k` < 8 (of 256 entries, at `k << 8`) advances a byte by `k` further zero bytes; table 8 + `k`
  /// has the register whose byte `k` is the entry's number, after a lane of zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 12 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc &>> 1 : crc &>> 1 ^ 0x82f6_3b78 }
      tables[byte] = crc
    }
    for i in 256..<8 * 256 {
      let shorter = tables[i - 256]
      tables[i] = tables[Int(shorter & 0xff)] ^ (shorter &>> 8)
    }
    for bit in 0..<32 {
      var crc: UInt32 = 1 << UInt32(bit)
      for _ in 0..<laneBytes { crc = tables[Int(crc & 0xff)] ^ (crc &>> 8) }
      let table = (8 + bit / 8) * 256
      for entry in 0..<256 where entry & 1 << (bit % 8) != 0 { tables[table + entry] ^= crc }
    }
    return tables
  }()
}
