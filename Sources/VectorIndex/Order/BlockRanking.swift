import CKernels

/// The blocks of several places in the order in which a query looks at them: those first whose rows are likely to be near.
///
/// Of each place about the same part is looked at at the same time: estimates of different places cannot always be compared, as
/// those of one may all be off by as much.
package struct BlockRanking: Sendable {
  /// Blocks of one place that are looked at together.
  package struct Step: Sendable {
    package let place: Int32
    package let count: Int32
  }

  /// Numbers of blocks in their places, step by step.
  package let numbers: [UInt32]
  package let steps: [Step]

  private static let firstBlocks = 2

  /// How many of so many blocks are looked at together at most: as many as there is memory for, and a small part of all, after each of
  /// which a search may stop.
  static func blocksMax(of total: Int) -> Int {
    min(Scratch.rows / CoarseBlocks.rows, max(total / 16, 4))
  }

  /// Ranks blocks by estimates of their distance.
  ///
  /// - Parameters:
  ///   - estimates: Of the blocks of all places, one behind the other. What is not finite comes first.
  ///   - counts: How many blocks each place has.
  ///   - blocksMax: How many blocks are looked at together at most.
  ///   - kernels: What compares the estimates.
  package init(
    _ estimates: UnsafeBufferPointer<Float>, counts: [Int], blocksMax: Int, kernels: CodeKernels
  ) {
    let total = estimates.count
    var steps: [Step] = []
    numbers = [UInt32](unsafeUninitializedCapacity: total) { numbers, initialized in
      withUnsafeTemporaryAllocation(of: UInt16.self, capacity: total) { levels in
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: total) { sorted in
          var first = 0
          for count in counts where count > 0 {
            let range = first..<first + count
            let own = UnsafeMutableBufferPointer(rebasing: levels[range])
            kernels.table.level(
              UnsafeBufferPointer(rebasing: estimates[range]).baseAddress, count, own.baseAddress)
            Self.sort(own, into: UnsafeMutableBufferPointer(rebasing: sorted[range]))
            first += count
          }
          steps = Self.merge(
            UnsafeBufferPointer(sorted), counts, blocksMax: blocksMax, into: numbers)
        }
      }
      initialized = total
    }
    self.steps = steps
  }

  /// Puts the next few blocks of each place one behind the other, again and again: few at first, so that few of those behind have to be
  /// looked at closely.
  private static func merge(
    _ sorted: UnsafeBufferPointer<UInt32>, _ counts: [Int], blocksMax: Int,
    into numbers: UnsafeMutableBufferPointer<UInt32>
  ) -> [Step] {
    var steps: [Step] = []
    let most = counts.max() ?? 0
    steps.reserveCapacity(counts.count * (most / blocksMax + 8))
    var (begin, size, written) = (0, firstBlocks, 0)
    while begin < most {
      let end = min(begin + size, most)
      var first = 0
      for (place, count) in counts.enumerated() {
        let range = first + begin * count / most..<first + end * count / most
        first += count
        guard !range.isEmpty else { continue }
        for index in range {
          numbers[written] = sorted[index]
          written += 1
        }
        steps.append(Step(place: Int32(place), count: Int32(range.count)))
      }
      begin = end
      size = min(size * 2, blocksMax)
    }
    return steps
  }

  /// Writes the numbers from 0 on, ascending by their levels; those of the same level as they are (radix sort by two bytes).
  private static func sort(
    _ levels: UnsafeMutableBufferPointer<UInt16>, into numbers: UnsafeMutableBufferPointer<UInt32>
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 512 + levels.count) { memory in
      let low = UnsafeMutableBufferPointer(rebasing: memory[..<256])
      let high = UnsafeMutableBufferPointer(rebasing: memory[256..<512])
      let half = UnsafeMutableBufferPointer(rebasing: memory[512...])
      low.initialize(repeating: 0)
      high.initialize(repeating: 0)
      for level in levels {
        low[Int(level & 255)] &+= 1
        high[Int(level >> 8)] &+= 1
      }
      var (lowStart, highStart) = (UInt32(0), UInt32(0))
      for byte in 0..<256 {
        let (lowCount, highCount) = (low[byte], high[byte])
        (low[byte], high[byte]) = (lowStart, highStart)
        lowStart &+= lowCount
        highStart &+= highCount
      }
      for (number, level) in levels.enumerated() {
        let byte = Int(level & 255)
        half[Int(low[byte])] = UInt32(truncatingIfNeeded: number)
        low[byte] &+= 1
      }
      for number in half {
        let byte = Int(levels[Int(number)] >> 8)
        numbers[Int(high[byte])] = number
        high[byte] &+= 1
      }
    }
  }
}
