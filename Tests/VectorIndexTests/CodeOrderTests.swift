import Model
import Testing
import VectorIndex

@Suite("Codes in an order of their own")
struct CodeOrderTests {
  /// Vectors around some points, and one near one of them.
  private struct Groups {
    let samples: Samples
    let dimension: Int
    let centres: [[Float]]
    let spread: Float

    init(_ test: String, count: Int = 60, dimension: Int = 64, spread: Float = 0.4) {
      samples = Samples(test)
      self.dimension = dimension
      self.spread = spread
      centres = samples.vectors(count, dimension: dimension)
    }

    func vector() -> [Float] {
      let centre = centres[samples.int(below: centres.count)]
      return zip(centre, samples.vector(dimension, scale: spread)).map { $0 + $1 }
    }

    func column(_ count: Int) -> VectorColumn {
      VectorIndexTests.column((0..<count).map { _ in vector() }, dimension: dimension)
    }
  }

  /// The rows of a place that are as near as the `count`th nearest, or nearer, by exact distances.
  private func nearest(
    to query: [Float], _ coded: CodedRows, _ distance: Distance, count: Int, rows: RowSet? = nil
  ) async throws -> [Int] {
    try await ExactSearch.nearest(
      to: [query], in: coded.column, rows: rows, count: count, distance: distance)[0].map(\.row)
  }

  /// How many of the nearest rows of all places a search for one query has found.
  private func foundCount(
    _ search: CodeSearch, _ query: [Float], _ places: [CodedRows], _ distance: Distance, count: Int
  ) async throws -> Int {
    let candidates = Set(search.candidates()[0].map { [$0.part, $0.row] })
    var expected: [(distance: Float, place: [Int])] = []
    for (part, place) in places.enumerated() {
      for row in try await nearest(to: query, place, distance, count: count) {
        expected.append(
          (ExactDistances.from(query, to: place.column[row], distance: distance), [part, row]))
      }
    }
    expected.sort { $0.distance < $1.distance }
    return expected.prefix(count).count { candidates.contains($0.place) }
  }

  @Test(
    "each row has one position, and rows of a block are near each other",
    arguments: [1, 64, 65, 5_000])
  func positions(count: Int) async throws {
    let groups = Groups("positions", spread: 0.2)
    let coded = try await CodedRows.ordered(groups.column(count), distance: .l2)
    let order = try #require(coded.codes.order)
    let positions = order.positions()
    #expect(positions.sorted() == (0..<UInt32(count)).map { $0 })
    guard count > 1_000 else { return }
    var rows = [Int](repeating: 0, count: count)
    for (row, position) in positions.enumerated() { rows[Int(position)] = row }
    func distance(_ a: Int, _ b: Int) -> Double {
      Reference.distance(coded.column[a], coded.column[b], .l2)
    }
    let pairs = stride(from: 0, to: count - 1, by: 2)
    let beside = pairs.reduce(0) { $0 + distance(rows[$1], rows[$1 + 1]) }
    let anywhere = pairs.reduce(0) { $0 + distance($1, $1 + 1) }
    #expect(beside < 0.3 * anywhere)
  }

  @Test("where blocks tell nothing of their rows, these are not put in an order")
  func random() async throws {
    let samples = Samples("random order")
    func order(
      _ column: VectorColumn, _ distance: Distance = .l2
    ) async throws -> [UInt32]? {
      var encoder = CodeEncoder(
        basis: CodeBasis.fitting(column, distance: distance), distance: distance)
      for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
      // A good order, too, fails a trial now and then.
      for seed in 3..<9 {
        let order = try await CodeOrderBuilder(of: column, codes: encoder, seed: UInt64(seed))
          .build()
        if let order { return order.rows }
      }
      return nil
    }
    #expect(try await order(column(samples.vectors(4_000, dimension: 256), dimension: 256)) == nil)
    #expect(try await order(Groups("groups", dimension: 256, spread: 0.2).column(4_000)) != nil)
    // The nearest by product are the longest, wherever they are.
    let groups = Groups("lengths", dimension: 256)
    let long = (0..<4_000).map { _ in
      let length = 100 / Float(1 + samples.int(below: 1_000))
      return groups.vector().map { $0 * length }
    }
    #expect(try await order(column(long, dimension: 256), .innerProduct) == nil)
    // Here they vary so little that a trial would seldom tell.
    let similar = Groups("similar lengths", dimension: 256, spread: 0.2)
    for (deviation, isOrdered) in [(Float(0.35), false), (0.05, true)] {
      let rows: [[Float]] = (0..<4_000).map { _ in
        // Uniform numbers less their mean have a deviation of 1 / sqrt(3).
        let share = Float(samples.random.nextUnit()) * 2 - 1
        let length: Float = 1 + deviation * 1.732 * share
        let vector: [Float] = similar.vector()
        return vector.map { $0 * length }
      }
      let column = column(rows, dimension: 256)
      #expect(try await (order(column, .innerProduct) != nil) == isOrdered)
    }
    // Nothing is known of some of these, and nothing of any of those.
    let same = [[Float]](repeating: samples.vector(64), count: 500)
    let huge = [[Float]](repeating: [Float](repeating: 3e38, count: 64), count: 500)
    for vectors in [same, same + huge, huge] {
      let rows = try await order(column(vectors, dimension: 64))
      #expect(rows.map { Set($0).count } ?? vectors.count == vectors.count)
    }
  }

  @Test(
    "rows that are far from all others do not keep a search from finding what is near",
    arguments: [1, 10], [Float(30), 300])
  func farAway(count: Int, away: Float) async throws {
    let groups = Groups("far away")
    var places: [CodedRows] = []
    for hasFar in [true, false] {
      var vectors = (0..<6_000).map { _ in groups.vector() }
      for row in 0..<(hasFar ? 300 : 0) { vectors[row * 20] = vectors[row * 20].map { $0 + away } }
      places.append(
        try await CodedRows.ordered(
          column(vectors, dimension: 64), distance: .l2, tried: true))
    }
    var (found, all) = (0, 0)
    for _ in 0..<60 {
      let query = groups.vector()
      var search = CodeSearch(
        queries: [query], count: count, distance: .l2, deviations: 4,
        patience: CodeSearch.patience(effort: 1))
      try await search.scan(
        places.enumerated().map { $1.place($0) })
      all += count
      // Where codes say nothing, as of numbers that are much smaller than others, exact search finds all.
      found +=
        away > 100 && search.isUndecided[0]
        ? count : try await foundCount(search, query, places, .l2, count: count)
    }
    #expect(Double(found) >= 0.93 * Double(all), "\(found) of \(all)")
  }

  @Test(
    "of groups of rows few blocks are looked at, and nearly all of the nearest are found",
    arguments: Distance.all, [1, 3])
  func patience(distance: Distance, placeCount: Int) async throws {
    let groups = Groups("patience \(distance)")
    var places: [CodedRows] = []
    for _ in 0..<placeCount {
      places.append(try await CodedRows.ordered(groups.column(12_000), distance: distance))
    }
    var (found, all) = (0, 0)
    var blocks = (all: 0, looked: 0)
    for count in [1, 10, 100] {
      for _ in 0..<10 {
        let query = groups.vector()
        var search = CodeSearch(
          queries: [query], count: count, distance: distance,
          deviations: CodeSearch.deviations(effort: 1),
          patience: CodeSearch.patience(effort: 1))
        try await search.scan(
          places.enumerated().map { $1.place($0) })
        all += count
        found += try await foundCount(search, query, places, distance, count: count)
        blocks.all += search.rankedBlocks.all
        blocks.looked += search.rankedBlocks.looked
      }
    }
    #expect(Double(found) >= 0.98 * Double(all), "\(found) of \(all)")
    #expect(Double(blocks.looked) < 0.9 * Double(blocks.all), "\(blocks)")
  }

  @Test(
    "few blocks are looked at in full, and nothing is lost by that", arguments: Distance.all,
    [(384, false), (768, true)])
  func glances(distance: Distance, shape: (dimension: Int, hasRests: Bool)) async throws {
    let groups = Groups("glances \(distance)", count: 80, dimension: shape.dimension, spread: 0.6)
    let coded = try await CodedRows.ordered(
      groups.column(8_000), distance: distance, withRests: shape.hasRests)
    var found = 0
    var blocks = (looked: 0, opened: 0)
    for _ in 0..<20 {
      let query = groups.vector()
      var search = CodeSearch(queries: [query], count: 10, distance: distance)
      try await search.scan([coded.place()])
      found += try await foundCount(search, query, [coded], distance, count: 10)
      #expect(search.rankedBlocks.looked == 125)
      blocks.looked += search.rankedBlocks.looked
      blocks.opened += search.rankedBlocks.opened
    }
    #expect(found >= 195)
    #expect(blocks.opened < blocks.looked / 2, "\(blocks)")
  }

  @Test("a glance is not made for a while where it leaves most blocks, and always where it pays")
  func adaptivity() {
    func share(_ opened: (Int) -> Int) -> Double {
      var glances = Glances()
      var made = 0
      for step in 0..<200 {
        let isNextWith = glances.isNextWith
        made += isNextWith ? 1 : 0
        glances.note(opened: isNextWith ? opened(step) : 32, of: 32, hadGlance: isNextWith)
      }
      return Double(made) / 200
    }
    #expect(share { _ in 24 } == 1)
    #expect(share { _ in 25 } < 0.1)
    // What pays only later is noticed soon.
    #expect(share { $0 < 40 ? 32 : 4 } > 0.75)
  }

  @Test("with all patience, or a filter, all blocks are looked at and nothing is lost")
  func all() async throws {
    let groups = Groups("all blocks")
    let coded = try await CodedRows.ordered(groups.column(6_000), distance: .l2)
    let some = groups.samples.rowSet(count: 6_000, density: 0.3)
    for filter in [nil, some] {
      for _ in 0..<10 {
        let query = groups.vector()
        var search = CodeSearch(
          queries: [query], count: 10, distance: .l2, deviations: 12,
          patience: filter == nil ? CodeSearch.patience(effort: 2) : 0.01, candidatesMin: .max)
        try await search.scan([coded.place(4, rows: filter, isUnfiltered: filter == nil)])
        #expect(search.rankedBlocks.all == 94 && search.rankedBlocks.looked == 94)
        let candidates = search.candidates()[0]
        #expect(candidates.allSatisfy { $0.part == 4 && filter?[$0.row] ?? true })
        #expect(Set(candidates.map(\.row)).count == candidates.count)
        let expected = try await nearest(to: query, coded, .l2, count: 10, rows: filter)
        #expect(Set(candidates.map(\.row)).isSuperset(of: expected))
      }
    }
  }

  @Test("where what is near was deleted, the search goes on until others are found")
  func deleted() async throws {
    let groups = Groups("deleted", count: 20, spread: 0.1)
    let column = groups.column(8_000)
    let coded = try await CodedRows.ordered(column, distance: .l2)
    let query = groups.centres[0]
    // A whole group.
    var live = RowSet(count: 8_000, filledWith: true)
    for row in try await nearest(to: query, coded, .l2, count: 8_000 / 20) { live[row] = false }
    var search = CodeSearch(
      queries: [query], count: 10, distance: .l2, deviations: 4,
      patience: CodeSearch.patience(effort: 1))
    try await search.scan([coded.place(rows: live)])
    let candidates = search.candidates()[0].map(\.row)
    #expect(candidates.allSatisfy { live[$0] })
    let expected = try await nearest(to: query, coded, .l2, count: 10, rows: live)
    #expect(Set(candidates).isSuperset(of: expected))
  }

  @Test("rows of which nothing is known are looked at first")
  func unknown() async throws {
    let groups = Groups("unknown")
    var vectors = (0..<3_000).map { _ in groups.vector() }
    // So short that its direction is lost.
    vectors[1_234] = [Float](repeating: 1e-32, count: 64)
    let coded = try await CodedRows.ordered(column(vectors, dimension: 64), distance: .cosine)
    var search = CodeSearch(queries: [vectors[5]], count: 3, distance: .cosine, patience: 0.01)
    try await search.scan([coded.place()])
    #expect(search.candidates()[0].contains { $0.row == 1_234 })
    #expect(search.rankedBlocks.looked < search.rankedBlocks.all / 2)
  }

  @Test("all kernels find the same", arguments: CodeKernels.available.map(\.name))
  func kernels(name: String) async throws {
    let kernels = try #require(CodeKernels.available.first { $0.name == name })
    let dimension = 100
    let rows = Samples("kernels of orders").vectors(700, dimension: dimension)
    let own = try await CodedRows.ordered(
      column(rows, dimension: dimension), distance: .cosine, kernels: kernels)
    let other = try await CodedRows.ordered(column(rows, dimension: dimension), distance: .cosine)
    #expect(own.codes.order?.positions() == other.codes.order?.positions())
    let queries = (0..<5).map { rows[$0 * 100] }
    for patience: Float in [0.2, 1] {
      var searches: [CodeSearch] = []
      for (coded, kernels) in [(own, kernels), (other, .best)] {
        var search = CodeSearch(
          queries: queries, count: 4, distance: .cosine, patience: patience, kernels: kernels)
        try await search.scan([coded.place()])
        searches.append(search)
      }
      #expect(searches[0].candidates() == searches[1].candidates())
      #expect(searches[0].rankedBlocks == searches[1].rankedBlocks)
    }
  }

  @Test("a task that is cancelled makes no order, and looks at no more blocks")
  func cancellation() async throws {
    let groups = Groups("cancelled order")
    let column = groups.column(20_000)
    let coded = try await CodedRows.ordered(column, distance: .l2)
    var encoder = CodeEncoder(basis: coded.codes.basis, distance: .l2)
    for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
    let builder = CodeOrderBuilder(of: column, codes: encoder, seed: 1)
    let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
      group.addTask {
        do { return try await builder.build() == nil } catch { return true }
      }
      group.addTask {
        let places = (0..<4).map {
          coded.place($0, isUnfiltered: false)
        }
        let queries = (0..<4).map { coded.column[$0] }
        var search = CodeSearch(queries: queries, count: 10, distance: .l2)
        do {
          try await search.scan(places)
          return false
        } catch { return true }
      }
      group.cancelAll()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes == [true, true])
  }
}
