/// A 64-bit hash that is the same in every process and version, for what is written into objects.
///
/// Eight bytes a step by folded multiplication (after Wang Yi's wyhash). With a random seed nobody can choose
/// bytes that collide.
package enum StableHash {
  private static let first: UInt64 = 0xa076_1d64_78bd_642f
  private static let second: UInt64 = 0xe703_7ed1_a0b4_28db
  private static let third: UInt64 = 0x8ebc_6af0_9c88_c6e3

  package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var hash = fold(seed ^ first, UInt64(bytes.count) ^ second)
    var at = 0
    while bytes.count &- at >= 8 {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      hash = fold(hash ^ word, second)
      at &+= 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while at < bytes.count {
      rest |= UInt64(bytes[at]) << shift
      shift &+= 8
      at &+= 1
    }
    return fold(hash ^ rest ^ third, first ^ UInt64(bytes.count))
  }

  package static func of(_ text: Text, seed: UInt64 = 0) -> UInt64 {
    text.withUTF8 { of(UnsafeRawBufferPointer($0), seed: seed) }
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
