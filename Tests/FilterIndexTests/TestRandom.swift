import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The seed of this run's property tests: APUS_SEED, or the time of day.
enum TestSeed {
  static let value: UInt64 = {
    if let text = getenv("APUS_SEED"), let seed = UInt64(String(cString: text)) { return seed }
    return UInt64(truncatingIfNeeded: time(nil))
  }()
}

/// SplitMix64.
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
