/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same seed everywhere.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// `count` different numbers below `bound`, in random order; all of them where there are no more.
  mutating func distinct(_ count: Int, below bound: Int) -> [Int] {
    var numbers = Array(0..<bound)
    let count = min(count, bound)
    for i in 0..<count { numbers.swapAt(i, Int.random(in: i..<bound, using: &self)) }
    return Array(numbers.prefix(count))
  }

  /// A number of about the standard normal distribution: a sum of twelve uniform ones.
  mutating func nextNormal() -> Float {
    (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &self) }
  }
}
