import Model
import Testing
import VectorIndex

@Suite("A scan of codes in several places or pieces")
struct CodeScanTests {
  @Test(
    "lists of what is put off that are full at the end of a place are looked at in the next",
    arguments: [1, 3])
  func fullAtTheEnd(queryCount: Int) async throws {
    let samples = Samples("fullAtTheEnd")
    let dimension = 64
    // Random signs are all about as far away, so that nearly all rows are put off.
    func signs(_ count: Int, shift: Float) -> [[Float]] {
      (0..<count).map { _ in
        (0..<dimension).map { _ in (samples.int(below: 2) == 0 ? Float(1) : -1) + shift }
      }
    }
    let sizes: [(Int, Float)] = [(9_800, 0), (3_000, 0.3), (300, 0.3), (9_000, 0)]
    let columns = sizes.map { column(signs($0.0, shift: $0.1), dimension: dimension) }
    let places = try columns.map { try CodedRows($0, distance: .l2) }
    let queries = (0..<queryCount).map { samples.vector(dimension, scale: $0 == 0 ? 0.01 : 1) }
    var search = CodeSearch(
      queries: queries, count: 10, distance: .l2, deviations: 12, candidatesMin: .max)
    try await search.scan(
      places.enumerated().map { part, rows in
        CodeSearch.CodedRows(codes: rows.codes, fine: rows.fine, rows: nil, part: part)
      })
    for (query, candidates) in zip(queries, search.candidates()) {
      var distances: [(place: [Int], distance: Float)] = []
      for (part, column) in columns.enumerated() {
        for row in 0..<column.count {
          let distance = ExactDistances.from(query, to: column[row], distance: .l2)
          distances.append(([part, row], distance))
        }
      }
      distances.sort { $0.distance < $1.distance }
      let found = Set(candidates.map { [$0.part, $0.row] })
      #expect(found.count == candidates.count)
      let last = distances[9].distance
      #expect(distances.allSatisfy { $0.distance >= last || found.contains($0.place) })
      #expect(distances.count { $0.distance <= last && found.contains($0.place) } >= 10)
    }
  }

  @Test(
    "fine codes that come in pieces are searched as if they came at once", arguments: [1, 3, 20],
    [false, true])
  func pieces(queryCount: Int, areOrdered: Bool) async throws {
    let samples = Samples("pieces")
    let (dimension, count) = (64, 12_000)
    let pieceRows = 64 * 38
    let rows = column(samples.vectors(count, dimension: dimension), dimension: dimension)
    let coded =
      areOrdered
      ? try await CodedRows.ordered(rows, distance: .l2) : try CodedRows(rows, distance: .l2)
    let queries = (0..<queryCount).map { _ in samples.vector(dimension) }
    for filter in [nil, samples.rowSet(count: count, density: 0.5)] {
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: filter, count: 10, distance: .l2)
      var search = CodeSearch(queries: queries, count: 10, distance: .l2, deviations: 4)
      // The last pieces first, so that nothing depends on their order.
      for start in stride(from: 4 * pieceRows, through: 0, by: -pieceRows) {
        let rows = start..<min(start + pieceRows, count)
        try await search.scan(coded.codes, coded.fine(rows), rows: filter, part: start)
      }
      for (candidates, expected) in zip(search.candidates(), expected) {
        let found = Set(candidates.map(\.row))
        #expect(candidates.allSatisfy { ($0.part..<$0.part + pieceRows).contains($0.row) })
        #expect(found.count == candidates.count)
        #expect(found.isSuperset(of: expected.map(\.row)))
      }
    }
  }

  @Test(
    "where there are few different vectors, more are put off than there is room for, and none is lost",
    arguments: [(1, false), (16, false), (1, true), (4, true), (5, true)])
  func fewDifferent(queryCount: Int, areOrdered: Bool) async throws {
    let samples = Samples("fewDifferent")
    let dimension = 3
    // Where steps find rows only to put them off, too.
    var places: [CodedRows] = []
    for count in [46, 947, 18_359, 30_000] {
      let vectors = (0..<count).map { _ in
        (0..<dimension).map { _ in samples.int(below: 2) == 0 ? Float(1) : -1 }
      }
      let rows = column(vectors, dimension: dimension)
      places.append(
        areOrdered
          ? try await CodedRows.ordered(rows, distance: .cosine)
          : try CodedRows(rows, distance: .cosine))
    }
    let queries = samples.vectors(queryCount, dimension: dimension)
    var search = CodeSearch(
      queries: queries, count: 10, distance: .cosine, deviations: 12, candidatesMin: .max)
    try await search.scan(
      places.enumerated().map {
        CodeSearch.CodedRows(codes: $1.codes, fine: $1.fine, rows: nil, part: $0)
      })
    let found = search.candidates()
    #expect(found.count == queryCount)
    for (query, candidates) in zip(queries, found) {
      let distances = candidates.map {
        ExactDistances.from(query, to: places[$0.part].column[$0.row], distance: .cosine)
      }
      var least = Float.infinity
      for place in places {
        least = min(
          least,
          try await ExactSearch.nearest(
            to: [query], in: place.column, rows: nil, count: 1, distance: .cosine)[0][0].distance)
      }
      #expect(distances.count { $0 == least } >= 10)
      #expect(Set(candidates.map { [$0.part, $0.row] }).count == candidates.count)
    }
  }

  @Test(
    "a query that is equally near to too many rows is undecided, and others of the same request are not",
    arguments: [false, true])
  func undecided(areOrdered: Bool) async throws {
    let samples = Samples("undecided \(areOrdered)")
    let dimension = 64
    let columns = [900, 7_000, 20_000].map { count in
      column(samples.vectors(count, dimension: dimension), dimension: dimension)
    }
    var places: [CodedRows] = []
    for rows in columns {
      places.append(
        areOrdered
          ? try await CodedRows.ordered(rows, distance: .innerProduct)
          : try CodedRows(rows, distance: .innerProduct))
    }
    let zero = [Float](repeating: 0, count: dimension)
    let queries = [samples.vector(dimension), zero, samples.vector(dimension), zero]
    var search = CodeSearch(queries: queries, count: 10, distance: .innerProduct, deviations: 7)
    try await search.scan(places.enumerated().map { $1.place($0) })
    #expect(search.isUndecided == [false, true, false, true])
    let found = search.candidates()
    #expect(found[1].isEmpty && found[3].isEmpty)
    for number in [0, 2] {
      var nearest: [(distance: Float, place: [Int])] = []
      for (part, place) in places.enumerated() {
        nearest += try await ExactSearch.nearest(
          to: [queries[number]], in: place.column, rows: nil, count: 10, distance: .innerProduct)[0]
          .map { ($0.distance, [part, $0.row]) }
      }
      nearest.sort { $0.distance < $1.distance }
      let candidates = Set(found[number].map { [$0.part, $0.row] })
      #expect(nearest.prefix(10).allSatisfy { candidates.contains($0.place) })
    }
    // The first place alone has few rows.
    var small = CodeSearch(queries: queries, count: 10, distance: .innerProduct, deviations: 7)
    try await small.scan([places[0].place()])
    #expect(small.isUndecided == [false, false, false, false])
    #expect(small.candidates()[1].count == 900)
  }

  @Test(
    "places of all kinds are searched in one go, and no row is found twice",
    arguments: [[], [0, 3], [1, 4, 5], [0, 1, 2, 3, 4, 5]])
  func mixedPlaces(ordered: [Int]) async throws {
    let samples = Samples("mixedPlaces \(ordered)")
    var places: [CodedRows] = []
    let kinds: [(count: Int, moved: Float, withRests: Bool)] = [
      (5_000, 0, true), (300, 3, false), (64, 0, false), (2_600, 0, false), (700, 3, true),
      (40, 0, false),
    ]
    for (number, kind) in kinds.enumerated() {
      let vectors = samples.vectors(kind.count, dimension: 720).map { $0.map { $0 + kind.moved } }
      let rows = column(vectors, dimension: 720)
      places.append(
        ordered.contains(number)
          ? try await CodedRows.ordered(rows, distance: .l2, withRests: kind.withRests)
          : try CodedRows(rows, distance: .l2, withRests: kind.withRests))
    }
    let ofUnits = try CodedRows(places[1].column, distance: .cosine)
    let filters: [RowSet?] = [
      nil, samples.rowSet(count: 300, density: 0.5), RowSet(count: 64, filledWith: false),
      RowSet(count: 100, filledWith: true), nil, nil,
    ]
    for queryCount in [1, 3, 20] {
      let queries = (0..<queryCount).map { _ in
        zip(places[0].column[samples.int(below: 5_000)], samples.vector(720)).map { $0 + 0.1 * $1 }
      }
      // So many deviations that nothing is lost by chance.
      var search = CodeSearch(
        queries: queries, count: 30, distance: .l2, deviations: 12, candidatesMin: .max)
      var searched = zip(places, filters).enumerated().map { part, place in
        CodeSearch.CodedRows(
          codes: place.0.codes, fine: place.0.fine, rows: place.1, part: part)
      }
      // Nobody can search these by squared distances.
      searched.insert(
        CodeSearch.CodedRows(codes: ofUnits.codes, fine: ofUnits.fine, rows: nil, part: 9), at: 2)
      try await search.scan(searched)
      for (query, candidates) in zip(queries, search.candidates()) {
        #expect(Set(candidates.map { [$0.part, $0.row] }).count == candidates.count)
        var nearest: [(distance: Float, place: [Int])] = []
        for (part, place) in places.enumerated() {
          let count = filters[part]?.count ?? place.column.count
          for row in 0..<min(count, place.column.count) where filters[part]?[row] ?? true {
            let distance = ExactDistances.from(query, to: place.column[row], distance: .l2)
            nearest.append((distance, [part, row]))
          }
        }
        nearest.sort { $0.distance < $1.distance }
        let found = Set(candidates.map { [$0.part, $0.row] })
        #expect(found.isSuperset(of: nearest.prefix(30).map(\.place)))
        #expect(found.isSubset(of: nearest.map(\.place)))
      }
    }
  }

  @Test("places with codes of different bases are searched in one go, as they are one by one")
  func severalBases() async throws {
    let samples = Samples()
    let places = try (0..<4).map { place in
      // Centres far apart.
      let vectors = samples.vectors(500, dimension: 70).map { vector in
        vector.map { $0 + Float(place % 3) * 3 }
      }
      return try CodedRows(column(vectors, dimension: 70), distance: .l2)
    }
    let queries = (0..<3).map { query in samples.vector(70).map { $0 + Float(query) * 3 } }
    var (together, apart) = (
      CodeSearch(queries: queries, count: 5, distance: .l2, deviations: 7, candidatesMin: .max),
      CodeSearch(queries: queries, count: 5, distance: .l2, deviations: 7, candidatesMin: .max)
    )
    try await together.scan(
      places.enumerated().map {
        CodeSearch.CodedRows(codes: $1.codes, fine: $1.fine, rows: nil, part: $0)
      })
    for (part, place) in places.enumerated() {
      try await apart.scan(place.codes, place.fine, rows: nil, part: part)
    }
    let (inOneGo, oneByOne) = (together.candidates(), apart.candidates())
    #expect(inOneGo.count == queries.count && oneByOne.count == queries.count)
    for query in queries.indices {
      // A row that is hardly out of reach may be looked at in one order, and in the other be known before to be too far away: one
      // query of some hundreds has one. Where both have a row, they say the same of it.
      let common = Set(inOneGo[query]).intersection(oneByOne[query])
      let found = [inOneGo[query], oneByOne[query]].map { Set($0.map { [$0.part, $0.row] }) }
      #expect(common.count == found[0].intersection(found[1]).count)
      var nearest: [(distance: Float, place: [Int])] = []
      for (part, place) in places.enumerated() {
        nearest += try await ExactSearch.nearest(
          to: [queries[query]], in: place.column, rows: nil, count: 5, distance: .l2
        )[0].map { ($0.distance, [part, $0.row]) }
      }
      nearest.sort { $0.distance < $1.distance }
      #expect(
        Set(common.map { [$0.part, $0.row] }).isSuperset(of: nearest.prefix(5).map(\.place)))
    }
  }
}
