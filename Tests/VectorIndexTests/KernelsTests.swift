import Model
import Testing
import VectorIndex

@Suite struct KernelsTests {
  @Test("the last variant is the portable one, and the best is the first")
  func variants() {
    let names = Kernels.available.map(\.name)
    print("kernels on this processor: \(names)")
    #expect(names.last == "portable")
    #expect(names.first == Kernels.best.name)
    #expect(Set(names).count == names.count)
  }

  @Test(
    "every variant is within 1e-5 of f64",
    arguments: Kernels.available.indices, Distance.all)
  func accuracy(variant: Int, distance: Distance) async throws {
    let samples = Samples()
    for dimension in Array(1...67) + [384, 1536] {
      let rows = samples.vectors(7, dimension: dimension)
      let queries = samples.vectors(5, dimension: dimension)
      let found = try await ExactSearch.nearest(
        to: queries, in: column(rows, dimension: dimension), rows: nil, count: 7,
        distance: distance, kernels: Kernels.available[variant])
      for (query, list) in zip(queries, found) {
        #expect(Set(list.map(\.row)) == Set(0..<7))
        for neighbour in list {
          let expected = Reference.distance(query, rows[neighbour.row], distance)
          let bound = Reference.bound(query, rows[neighbour.row], distance)
          #expect(abs(Double(neighbour.distance) - expected) <= bound, "dimension \(dimension)")
        }
      }
    }
  }

  @Test(
    "a distance has the same bits whatever other queries and rows are computed with it",
    arguments: Kernels.available.indices, Distance.all)
  func sameBits(variant: Int, distance: Distance) async throws {
    let samples = Samples()
    let kernels = Kernels.available[variant]
    for dimension in Array(1...67) + [384, 1536] {
      let rows = column(samples.vectors(21, dimension: dimension), dimension: dimension)
      let queries = samples.vectors(11, dimension: dimension)
      let together = try await ExactSearch.nearest(
        to: queries, in: rows, rows: nil, count: 21, distance: distance, kernels: kernels)
      for (query, list) in zip(queries, together) {
        let alone = try await ExactSearch.nearest(
          to: [query], in: rows, rows: nil, count: 21, distance: distance, kernels: kernels)
        #expect(alone == [list])
      }
      let some = samples.rowSet(count: 21, density: 0.3)
      let filtered = try await ExactSearch.nearest(
        to: queries, in: rows, rows: some, count: 21, distance: distance, kernels: kernels)
      #expect(filtered == together.map { $0.filter { some[$0.row] } })
    }
  }

  @Test("one NaN or infinity is found at any place", arguments: Kernels.available.indices)
  func allFinite(variant: Int) {
    let kernels = Kernels.available[variant]
    let extremes: [Float] = [
      0, -0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]
    for count in 0...150 {
      var numbers = (0..<count).map { extremes[$0 % extremes.count] }
      #expect(kernels.allFinite(numbers))
      for place in numbers.indices {
        let number = numbers[place]
        for bad in [Float.nan, .infinity, -.infinity, .signalingNaN] {
          numbers[place] = bad
          #expect(!kernels.allFinite(numbers))
        }
        numbers[place] = number
      }
    }
  }
}
