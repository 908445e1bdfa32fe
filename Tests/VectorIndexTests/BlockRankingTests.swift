import Model
import Testing
import VectorIndex

@Suite("The order in which blocks are looked at")
struct BlockRankingTests {
  private func ranking(_ estimates: [[Float]], blocksMax: Int = 32) -> BlockRanking {
    estimates.flatMap { $0 }.withUnsafeBufferPointer {
      BlockRanking(
        $0, counts: estimates.map(\.count), blocksMax: blocksMax, kernels: .best)
    }
  }

  /// The place and number of each block, in the order of the steps.
  private func blocks(_ ranking: BlockRanking) -> [(place: Int, number: Int)] {
    var blocks: [(place: Int, number: Int)] = []
    for step in ranking.steps {
      for number in ranking.numbers[blocks.count..<blocks.count + Int(step.count)] {
        blocks.append((Int(step.place), Int(number)))
      }
    }
    return blocks
  }

  @Test("each block comes once, those of one place with the least estimates first")
  func onePlace() {
    let samples = Samples()
    for count in [1, 2, 31, 32, 33, 700, 3_000] {
      let estimates = (0..<count).map { _ in Float(samples.random.nextUnit() * 3 - 1) }
      let ranking = ranking([estimates])
      let order = blocks(ranking)
      #expect(order.map(\.number).sorted() == Array(0..<count))
      #expect(ranking.steps.allSatisfy { $0.place == 0 && (1...32).contains($0.count) })
      #expect(ranking.steps[0].count <= 2)
      // Steps between levels are up to a 16th of how far they are above the least.
      let least = estimates.min() ?? 0
      var most = -Float.infinity
      for block in order {
        #expect(estimates[block.number] - least >= (most - least) * (1 - 1 / 15))
        most = max(most, estimates[block.number])
      }
    }
  }

  @Test("of each place about the same part comes at a time, those with its least estimates first")
  func places() {
    let samples = Samples()
    for _ in 0..<20 {
      let estimates = (0..<1 + samples.int(below: 6)).map { place in
        (0..<samples.int(below: 600)).map { _ in
          // Those of places are far apart.
          Float(samples.random.nextUnit()) + Float(place) * 1e6
        }
      }
      let ranking = ranking(estimates, blocksMax: 16)
      let order = blocks(ranking)
      #expect(order.count == estimates.reduce(0) { $0 + $1.count })
      #expect(ranking.numbers.count == order.count)
      #expect(ranking.steps.allSatisfy { (1...16).contains($0.count) })
      for (place, own) in estimates.enumerated() {
        let numbers = order.filter { $0.place == place }.map(\.number)
        #expect(numbers.sorted() == Array(own.indices))
        let first = order.prefix(order.count / 3).count { $0.place == place }
        #expect(abs(first - own.count / 3) <= 33)
      }
    }
  }

  @Test("blocks that are very far away do not make the others alike")
  func farAway() {
    let samples = Samples()
    let near = (0..<500).map { _ in Float(samples.random.nextUnit()) }
    let order = blocks(ranking([near + [Float](repeating: 1e12, count: 100)]))
    #expect(order.suffix(100).allSatisfy { $0.number >= 500 })
    #expect(order.prefix(50).allSatisfy { near[$0.number] < 0.25 })
  }

  @Test("what is not finite comes first, and equal estimates come as they are")
  func special() {
    let special: [Float] = [3, -.infinity, 1, .nan, 2, .infinity]
    #expect(blocks(ranking([special])).prefix(4).map(\.number) == [1, 2, 3, 5])
    #expect(blocks(ranking([special])).suffix(2).map(\.number) == [4, 0])
    let same = [Float](repeating: 7, count: 100)
    #expect(blocks(ranking([same])).map(\.number) == Array(0..<100))
    #expect(ranking([same]).steps.allSatisfy { $0.count <= 32 })
    let extremes: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0]
    #expect(blocks(ranking([extremes])).map(\.number).sorted() == [0, 1, 2])
    let near: [Float] = [1, 1 + .ulpOfOne, .leastNonzeroMagnitude, 0]
    #expect(blocks(ranking([near])).map(\.number).sorted() == [0, 1, 2, 3])
    #expect(ranking([[], [1], []]).steps.count == 1)
  }
}
