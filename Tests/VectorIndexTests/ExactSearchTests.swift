import Model
import Testing
import VectorIndex

@Suite struct ExactSearchTests {
  /// Every row with its distance, sorted plainly: what a search must agree with, bit by bit.
  private func everything(
    to queries: [[Float]], in column: VectorColumn, distance: Distance
  ) async throws -> [[Neighbour]] {
    var lists = queries.map { _ in [Neighbour]() }
    for row in 0..<column.count {
      var single = VectorColumn(dimension: column.dimension)
      single.append(column[row])
      let found = try await ExactSearch.nearest(
        to: queries, in: single, rows: nil, count: 1, distance: distance)
      for (index, list) in found.enumerated() {
        lists[index].append(Neighbour(row: row, distance: list[0].distance))
      }
    }
    return lists.map { $0.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) } }
  }

  @Test(
    "the nearest are those of a plain sort, under filters of any density, with ties and duplicates",
    arguments: Distance.all)
  func againstSort(distance: Distance) async throws {
    let samples = Samples()
    for (dimension, count) in [(1, 1_100), (40, 1_300), (700, 150), (5_000, 140)] {
      // Components from {-1, 0, 1} and repeated rows make many ties.
      let coarse = samples.int(below: 2) == 0
      var vectors = samples.vectors(count, dimension: dimension).map { vector in
        coarse ? vector.map { $0.rounded() } : vector
      }
      for _ in 0..<count / 3 {
        vectors[samples.int(below: count)] = vectors[samples.int(below: count)]
      }
      let rows = column(vectors, dimension: dimension)
      let queries = samples.vectors(9, dimension: dimension) + [vectors[0]]
      let expected = try await everything(to: queries, in: rows, distance: distance)
      for density in [-1, 0.001, 0.02, 0.3, 0.49, 0.51, 0.9, 0.999, 2] {
        let filter = density > 1 ? nil : samples.rowSet(count: count, density: density)
        for wanted in [0, 1, 10, 100, count - 1, count, count + 1, Int(UInt32.max), .max] {
          let found = try await ExactSearch.nearest(
            to: queries, in: rows, rows: filter, count: wanted, distance: distance)
          let right = expected.map { list in
            list.filter { filter?[$0.row] ?? true }.prefix(wanted)
          }
          #expect(found == right.map(Array.init), "density \(density), count \(wanted)")
        }
      }
    }
  }

  @Test("a column without rows, no queries, and a filter without rows give empty lists")
  func nothing() async throws {
    let empty = VectorColumn(dimension: 3)
    let some = column([[1, 2, 3]], dimension: 3)
    let none = RowSet(count: 1, filledWith: false)
    let query: [Float] = [1, 2, 3]
    #expect(
      try await ExactSearch.nearest(
        to: [query, query], in: empty, rows: nil, count: 5, distance: .l2)
        == [[], []])
    #expect(
      try await ExactSearch.nearest(to: [], in: some, rows: nil, count: 5, distance: .l2) == [])
    #expect(
      try await ExactSearch.nearest(to: [query], in: some, rows: none, count: 5, distance: .l2)
        == [[]])
  }

  @Test("a filter made for more or fewer rows than the column's counts for the rows of both")
  func otherBounds() async throws {
    let rows = column([[0], [1], [2]], dimension: 1)
    for (bound, expected) in [(2, [0, 1]), (3, [0, 1, 2]), (900, [0, 1, 2])] {
      let filter = RowSet(count: bound, filledWith: true)
      let found = try await ExactSearch.nearest(
        to: [[0]], in: rows, rows: filter, count: 900, distance: .l2)
      #expect(found[0].map(\.row) == expected)
    }
  }

  @Test("Chroma's values: squared l2, 1 - dot, and a zero vector at cosine distance 1")
  func values() async throws {
    let rows = column([[3, 4], [0, 0], [-3, -4], [4, -3]], dimension: 2)
    func distances(_ query: [Float], _ distance: Distance) async throws -> [Float] {
      let found = try await ExactSearch.nearest(
        to: [query], in: rows, rows: nil, count: 4, distance: distance)
      return found[0].sorted { $0.row < $1.row }.map(\.distance)
    }
    #expect(try await distances([3, 4], .l2) == [0, 25, 100, 50])
    #expect(try await distances([3, 4], .innerProduct) == [-24, 1, 26, 1])
    let cosine = try await distances([3, 4], .cosine)
    #expect(zip(cosine, [0, 1, 2, 1] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try await distances([0, 0], .cosine) == [1, 1, 1, 1])
  }

  @Test(
    "very long and very short vectors give no NaN, and the right cosine", arguments: Distance.all)
  func extremes(distance: Distance) async throws {
    let samples = Samples()
    let scales: [Float] = [3e38, 1e30, 1e19, 1, 1e-19, 1e-26, 1e-31, 0]
    for dimension in [1, 2, 35] {
      let vectors = scales.flatMap { scale in
        (0..<4).map { _ in samples.vector(dimension, scale: scale) }
      }
      let found = try await ExactSearch.nearest(
        to: vectors, in: column(vectors, dimension: dimension), rows: nil, count: 100,
        distance: distance)
      for (query, list) in zip(vectors, found) {
        #expect(Set(list.map(\.row)) == Set(vectors.indices))
        #expect(zip(list, list.dropFirst()).allSatisfy { $0.distance <= $1.distance })
        guard distance == .cosine else { continue }
        for neighbour in list {
          let expected = Reference.distance(query, vectors[neighbour.row], .cosine)
          #expect(abs(Double(neighbour.distance) - expected) < 1e-4)
        }
      }
    }
  }

  @Test("sums that overflow both ways still have a place in the order")
  func overflow() async throws {
    let rows = column([[3e38, -3e38], [3e38, 3e38], [-3e38, -3e38], [0.1, 0.1]], dimension: 2)
    let found = try await ExactSearch.nearest(
      to: [[3e38, 3e38]], in: rows, rows: nil, count: 4, distance: .innerProduct)
    #expect(found[0].map(\.row) == [1, 3, 0, 2])
    #expect(found[0].map(\.distance) == [-.infinity, -6e37, 1, .infinity])
  }

  @Test("a cancelled search stops with an error")
  func cancellation() async {
    let dimension = 1_024
    let rows = column(
      [[Float]](repeating: [Float](repeating: 1, count: dimension), count: 8_192),
      dimension: dimension)
    let outcome = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        do throws(CancellationError) {
          // Enough of them that the search is not over before it is cancelled.
          let queries = [[Float]](repeating: rows[0], count: 100)
          _ = try await ExactSearch.nearest(
            to: queries, in: rows, rows: nil, count: 1, distance: .l2)
          return false
        } catch {
          return true
        }
      }
      group.cancelAll()
      return await group.next()
    }
    #expect(outcome == true)
  }
}
