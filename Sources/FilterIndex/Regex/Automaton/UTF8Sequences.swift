/// The sequences of byte ranges that encode a range of code points, in rising order (after R. Cox,
/// "Regular Expression Matching in the Wild", 2010).
struct UTF8Sequences: Sequence, IteratorProtocol {
  typealias Bytes = [ClosedRange<UInt8>]

  private var pending: [ClosedRange<UInt32>]

  init(_ range: ClosedRange<UInt32>) { pending = [range] }

  mutating func next() -> Bytes? {
    while let range = pending.popLast() {
      guard let at = Self.cut(range) else {
        guard let low = Self.encode(range.lowerBound), let high = Self.encode(range.upperBound)
        else {
          continue
        }
        return zip(low, high).map { Swift.min($0, $1)...Swift.max($0, $1) }
      }
      pending.append(at...range.upperBound)
      pending.append(range.lowerBound...at - 1)
    }
    return nil
  }

  /// Where the range must be cut so that one sequence can be made of each part; nil if nowhere.
  private static func cut(_ range: ClosedRange<UInt32>) -> UInt32? {
    let (low, high) = (range.lowerBound, range.upperBound)
    // Lengths change, and the surrogates begin and end, here.
    for bound in [0x80, 0x800, 0xd800, 0xe000, 0x10000] as [UInt32]
    where low < bound && bound <= high {
      return bound
    }
    for bytes in 1..<4 as Range<UInt32> where high >= 0x80 {
      let mask: UInt32 = 1 << (6 * bytes) - 1
      guard low & ~mask != high & ~mask else { continue }
      if low & mask != 0 { return (low | mask) + 1 }
      if high & mask != mask { return high & ~mask }
    }
    return nil
  }

  /// Nil for surrogates.
  private static func encode(_ value: UInt32) -> [UInt8]? {
    Unicode.Scalar(value).flatMap { UTF8.encode($0) }.map(Array.init)
  }
}
