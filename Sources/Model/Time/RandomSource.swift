import Synchronization

/// Where random numbers come from: the system's generator in a server, a seeded one in a simulation.
package protocol RandomSource: Sendable {
  func next() -> UInt64
}

extension RandomSource {
  /// A number in `0..<bound`; `bound` must be positive.
  package func next(below bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }

  /// A number in `0..<1`.
  package func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}

/// The operating system's generator.
package struct SystemRandomSource: RandomSource {
  package init() {}
  package func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the same seed
/// gives the same numbers.
package final class SeededRandomSource: RandomSource {
  private let state: Mutex<UInt64>

  package init(seed: UInt64) { state = Mutex(seed) }

  package func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }
}
