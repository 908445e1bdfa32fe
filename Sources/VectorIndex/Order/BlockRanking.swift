import CKernels

/// The blocks of several places in the order in which a query looks at them: those first whose rows are likely to be near.
///
/// They are not quite in order: blocks of a place that are about as likely are looked at together, more of them each time.
package struct BlockRanking: Sendable {
  /// Blocks of one place that are looked at together.
  package struct Step: Sendable {
    package let place: Int32
    package let count: Int32
  }

  /// Numbers of blocks in their places, step by step.
  package let numbers: [UInt32]
  package let steps: [Step]

  private static let levelCount = 256
  private static let firstBlocks = 2

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
    (numbers, steps) = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: estimates.count) {
      levels in
      kernels.table.level(estimates.baseAddress, estimates.count, levels.baseAddress)
      return withUnsafeTemporaryAllocation(
        of: UInt32.self, capacity: counts.count * Self.levelCount
      ) { ends in
        ends.initialize(repeating: 0)
        var block = 0
        for (place, count) in counts.enumerated() {
          let first = place * Self.levelCount
          for level in levels[block..<block + count] { ends[first + Int(level)] &+= 1 }
          block += count
        }
        let steps = Self.steps(ends, places: counts.count, blocksMax: blocksMax)
        block = 0
        let numbers = [UInt32](unsafeUninitializedCapacity: estimates.count) {
          numbers, initialized in
          for (place, count) in counts.enumerated() {
            let first = place * Self.levelCount
            for number in 0..<count {
              let index = first + Int(levels[block + number])
              numbers[Int(ends[index])] = UInt32(truncatingIfNeeded: number)
              ends[index] &+= 1
            }
            block += count
          }
          initialized = block
        }
        return (numbers, steps)
      }
    }
  }

  /// Makes of how many blocks each place has of each level where these begin, and says which are looked at together: few at first, so
  /// that few of those behind have to be looked at closely.
  private static func steps(
    _ counts: UnsafeMutableBufferPointer<UInt32>, places: Int, blocksMax: Int
  ) -> [Step] {
    var steps: [Step] = []
    steps.reserveCapacity(counts.count / 4)
    var (start, level, most) = (UInt32(0), 0, firstBlocks)
    while level < levelCount {
      // As many levels as have about so many blocks.
      var (end, inGroup) = (level, 0)
      repeat {
        for place in 0..<places { inGroup += Int(counts[place * levelCount + end]) }
        end += 1
      } while end < levelCount && inGroup < most * places
      for place in 0..<places {
        var inPlace = 0
        for level in level..<end {
          let count = counts[place * levelCount + level]
          counts[place * levelCount + level] = start
          start &+= count
          inPlace += Int(count)
        }
        while inPlace > 0 {
          let count = min(inPlace, blocksMax)
          steps.append(Step(place: Int32(place), count: Int32(count)))
          inPlace -= count
        }
      }
      most = min(most * 2, blocksMax)
      level = end
    }
    return steps
  }
}
