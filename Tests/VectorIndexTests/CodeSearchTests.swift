import Model
import Testing
import VectorIndex

/// Vectors with the codes of them.
struct CodedRows {
  let column: VectorColumn
  let codes: CodeColumn
  let fine: FineCodes
  private let fineBytes: ByteRegion

  /// `withRests`: nil for what a segment's builder would choose.
  init(
    _ column: VectorColumn, distance: Distance, kernels: CodeKernels = .best,
    withRests: Bool? = false
  ) throws {
    let basis = CodeBasis.fitting(column, distance: distance)
    var encoder = CodeEncoder(basis: basis, distance: distance, kernels: kernels)
    for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
    if let withRests { encoder.useRests(withRests) } else { encoder.chooseShape() }
    try self.init(column, &encoder)
  }

  /// With codes in an order of their own; if that is tried, only where searches gain by it.
  static func ordered(
    _ column: VectorColumn, distance: Distance, withRests: Bool = false, tried: Bool = false,
    kernels: CodeKernels = .best
  ) async throws -> CodedRows {
    let basis = CodeBasis.fitting(column, distance: distance)
    var encoder = CodeEncoder(basis: basis, distance: distance, kernels: kernels)
    for row in 0..<column.count { column.withRow(row) { encoder.append($0) } }
    encoder.useRests(withRests)
    let order = try await CodeOrderBuilder(
      of: column, codes: encoder, seed: 7, tried: tried
    ).build()
    #expect(tried || order != nil)
    return try CodedRows(column, &encoder, order: order)
  }

  init(
    _ column: VectorColumn, _ encoder: inout CodeEncoder,
    order: (rows: [UInt32], section: [UInt8])? = nil
  ) throws {
    let (dimension, count) = (column.dimension, column.count)
    let sections = encoder.finish(order: order?.rows)
    self.column = column
    codes = try CodeColumn(
      ByteRegion(copying: sections.coarse), layout: sections.layout, rowCount: count,
      dimension: dimension,
      order: try order.map {
        try CodeOrder(ByteRegion(copying: $0.section), rowCount: count, dimension: dimension)
      })
    fineBytes = ByteRegion(copying: sections.fine)
    fine = FineCodes(fineBytes, rows: 0..<count, dimension: dimension)
  }

  /// The fine codes of some rows alone, as they come from the bucket.
  func fine(_ rows: Range<Int>) throws -> FineCodes {
    let rowBytes = fineBytes.count / column.count
    let part = try #require(
      fineBytes.slice(rows.lowerBound * rowBytes..<rows.upperBound * rowBytes))
    return FineCodes(ByteRegion(copying: part.array), rows: rows, dimension: column.dimension)
  }

  /// All rows, or some, as a place of a search.
  func place(
    _ part: Int = 0, rows: RowSet? = nil, isUnfiltered: Bool = true
  ) -> CodeSearch.CodedRows {
    CodeSearch.CodedRows(
      codes: codes, fine: fine, rows: rows, part: part, isUnfiltered: isUnfiltered)
  }

  /// The nearest of the rows by their codes, with exact distances.
  func nearest(
    to queries: [[Float]], rows: RowSet? = nil, count: Int, distance: Distance,
    deviations: Float = CodeSearch.deviationsDefault, kernels: CodeKernels = .best
  ) async throws -> [[Neighbour]] {
    var search = CodeSearch(
      queries: queries, count: count, distance: distance, deviations: deviations,
      candidatesMin: .max, kernels: kernels)
    guard search.prepare(for: codes) else {
      return try await ExactSearch.nearest(
        to: queries, in: column, rows: rows, count: count, distance: distance)
    }
    try await search.scan(codes, fine, rows: rows, part: 0)
    return zip(queries, search.candidates()).map { query, candidates in
      let rows = candidates.map(\.row)
      let distances = rows.map {
        ExactDistances.from(query, to: column[$0], distance: distance)
      }
      return zip(rows, distances).map { Neighbour(row: $0, distance: $1) }
        .sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }.prefix(count).map { $0 }
    }
  }
}

@Suite("Search by codes")
struct CodeSearchTests {
  /// The share of the true neighbours that were found, or of others that are as near as the last of them.
  private func recall(_ found: [[Neighbour]], _ expected: [[Neighbour]]) -> Double {
    let hits = zip(found, expected).reduce(0) { sum, pair in
      let last = pair.1.last?.distance ?? -.infinity
      return sum + min(Set(pair.0).count { $0.distance <= last }, pair.1.count)
    }
    let all = expected.reduce(0) { $0 + $1.count }
    return all == 0 ? 1 : Double(hits) / Double(all)
  }

  /// Vectors around some centres, with lengths that vary; some are zero, some come twice.
  private func rows(
    _ samples: Samples, count: Int, dimension: Int, norms: ClosedRange<Double>
  ) -> [[Float]] {
    let centres = samples.vectors(12, dimension: dimension)
    let offset = samples.vector(dimension, scale: Float(samples.random.nextUnit() * 4))
    var rows: [[Float]] = []
    for _ in 0..<count {
      switch samples.int(below: 40) {
      case 0: rows.append([Float](repeating: 0, count: dimension))
      case 1 where !rows.isEmpty: rows.append(rows[samples.int(below: rows.count)])
      default:
        let centre = centres[samples.int(below: 12)]
        let spread = samples.vector(dimension, scale: 0.7)
        let length = Float(
          norms.lowerBound + samples.random.nextUnit() * (norms.upperBound - norms.lowerBound))
        rows.append((0..<dimension).map { (centre[$0] + spread[$0] + offset[$0]) * length })
      }
    }
    return rows
  }

  @Test(
    "rows that are all about as far away are found, many more than are put off at a time",
    arguments: [1, 3, 40], [false, true])
  func equidistant(queryCount: Int, areOrdered: Bool) async throws {
    let samples = Samples("equidistant")
    let (dimension, count) = (64, 30_000)
    let vectors = (0..<count).map { _ in
      (0..<dimension).map { _ in samples.int(below: 2) == 0 ? Float(1) : -1 }
    }
    let rows = column(vectors, dimension: dimension)
    let coded =
      areOrdered
      ? try await CodedRows.ordered(rows, distance: .l2) : try CodedRows(rows, distance: .l2)
    let queries = (0..<queryCount).map { _ in samples.vector(dimension, scale: 0.01) }
    for filter in [nil, samples.rowSet(count: count, density: 0.7)] {
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: filter, count: 10, distance: .l2)
      let found = try await coded.nearest(
        to: queries, rows: filter, count: 10, distance: .l2, deviations: 4)
      #expect(recall(found, expected) > 0.99)
    }
  }

  @Test(
    "finds what exact search finds, with the same distances and order, but for one in a thousand",
    arguments: Distance.all)
  func agreesWithExactSearch(distance: Distance) async throws {
    let samples = Samples("agreesWithExactSearch \(distance)")
    var (hits, all) = (0.0, 0.0)
    for round in 0..<24 {
      let dimension = [1, 3, 64, 65, 100, 200, 384, 720][round % 8]
      let count = 1 + samples.int(below: 3000)
      let norms = [1.0...1.0, 0.1...10, 1e-9...1e-8, 1e8...1e9][samples.int(below: 4)]
      let vectors = rows(samples, count: count, dimension: dimension, norms: norms)
      let coded = try CodedRows(
        column(vectors, dimension: dimension), distance: distance, withRests: true)
      var queries = (0..<4).map { _ in vectors[samples.int(below: count)] }
      for query in queries.indices.dropFirst() {
        let noise = samples.vector(dimension, scale: 0.3 * Float(norms.upperBound))
        queries[query] = zip(queries[query], noise).map(+)
      }
      if round % 7 == 0 { queries.append([Float](repeating: 0, count: dimension)) }
      let density = [1, 0.7, 0.1, 0.01, 0][samples.int(below: 5)]
      let filter: RowSet? = density == 1 ? nil : samples.rowSet(count: count, density: density)
      let wanted = [1, 10, 50][samples.int(below: 3)]
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: filter, count: wanted, distance: distance)
      let found = try await coded.nearest(
        to: queries, rows: filter, count: wanted, distance: distance)
      #expect(found.map(\.count) == expected.map(\.count))
      for list in found {
        for neighbour in list { #expect(filter?[neighbour.row] ?? true) }
        #expect(list == list.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) })
      }
      let weight = Double(expected.reduce(0) { $0 + $1.count })
      hits += recall(found, expected) * weight
      all += weight
    }
    print("\(distance): recall \(hits / all) of \(Int(all))")
    // Rates of chance: 0.9995 is what to expect.
    #expect(hits / all > 0.995)
  }

  @Test("all queries together find what each of them finds alone")
  func batches() async throws {
    let samples = Samples()
    let vectors = samples.vectors(3000, dimension: 96)
    let coded = try CodedRows(column(vectors, dimension: 96), distance: .cosine)
    let queries = samples.vectors(9, dimension: 96)
    // So many deviations that nothing is lost by chance: bounds are a little less where a threshold is known already.
    let together = try await coded.nearest(
      to: queries, count: 10, distance: .cosine, deviations: 7)
    for (query, list) in zip(queries, together) {
      let alone = try await coded.nearest(
        to: [query], count: 10, distance: .cosine, deviations: 7)
      #expect(alone == [list])
    }
  }

  @Test("rows that are all the same, or all zero, come in order", arguments: Distance.all)
  func ties(distance: Distance) async throws {
    let samples = Samples()
    for vector in [samples.vector(70), [Float](repeating: 0, count: 70)] {
      let rows = column([[Float]](repeating: vector, count: 500), dimension: 70)
      let coded = try CodedRows(rows, distance: distance)
      for query in [samples.vector(70), vector] {
        let found = try await coded.nearest(to: [query], count: 20, distance: distance)
        #expect(found[0].map(\.row) == Array(0..<20))
      }
    }
  }

  @Test("numbers at the ends of what f32 holds are not lost", arguments: Distance.all)
  func extremes(distance: Distance) async throws {
    let samples = Samples()
    let scales: [Float] = [
      .leastNonzeroMagnitude * 10, 1e-38, 1e-30, 1e-18, 1e-9, 1, 1e9, 1e18, 1e30, 3e38,
    ]
    for _ in 0..<20 {
      let chosen = (0..<3).map { _ in scales[samples.int(below: scales.count)] }
      let vectors = (0..<400).map { row in samples.vector(66, scale: chosen[row % 3]) }
      let coded = try CodedRows(column(vectors, dimension: 66), distance: distance)
      let queries = chosen.map { samples.vector(66, scale: $0) }
      // So many deviations that nothing is lost by chance.
      let found = try await coded.nearest(
        to: queries, count: 10, distance: distance, deviations: 7)
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: nil, count: 10, distance: distance)
      // Where rounding alone decides the order, others may have been found, at the same distance.
      for (a, b) in zip(found, expected) {
        #expect(a.count == b.count)
        for (one, other) in zip(a, b) where one != other {
          let size = max(abs(one.distance), abs(other.distance), distance == .l2 ? 0 : 1)
          #expect(abs(one.distance - other.distance) <= 1e-5 * size, "\(chosen)")
        }
      }
    }
  }

  @Test("short rows, whose bounds are close, do not hide long ones, whose bounds are wide")
  func lengths() async throws {
    let samples = Samples("lengths")
    var (lost, all) = (0, 0)
    for _ in 0..<100 {
      let vectors = (0..<400).map { samples.vector(66, scale: $0 % 3 == 1 ? 1e9 : 1) }
      let coded = try CodedRows(column(vectors, dimension: 66), distance: .innerProduct)
      let queries = (0..<3).map { _ in samples.vector(66) }
      let found = try await coded.nearest(
        to: queries, count: 10, distance: .innerProduct, deviations: 7)
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: nil, count: 10, distance: .innerProduct)
      for (a, b) in zip(found, expected) {
        lost += Set(b.map(\.row)).subtracting(a.map(\.row)).count
        all += b.count
      }
    }
    #expect(lost == 0, "of \(all)")
  }

  @Test(
    "codes copied from other columns are those that would have been made",
    arguments: [(80, false), (700, false), (700, true)], [false, true])
  func copies(of kind: (dimension: Int, haveRests: Bool), areOrdered: Bool) async throws {
    let (dimension, haveRests) = kind
    let samples = Samples()
    let vectors = samples.vectors(150, dimension: dimension)
    let rows = column(vectors, dimension: dimension)
    let coded =
      areOrdered
      ? try await CodedRows.ordered(rows, distance: .l2, withRests: haveRests)
      : try CodedRows(rows, distance: .l2, withRests: haveRests)
    let positions = coded.codes.order?.positions()
    #expect((positions != nil) == areOrdered)
    var copied = CodeEncoder(basis: coded.codes.basis, distance: .l2)
    var made = CodeEncoder(basis: coded.codes.basis, distance: .l2)
    for _ in 0..<200 {
      let row = samples.int(below: 150)
      copied.append(
        row, of: coded.codes, coded.fine, position: positions.map { Int($0[row]) })
      vectors[row].withUnsafeBufferPointer { made.append($0) }
    }
    made.useRests(true)
    copied.useRests(true)
    let (a, b) = (copied.finish(), made.finish())
    #expect(a.layout == (dimension > 640 ? .withRests : .inColumns))
    #expect(a.coarse == b.coarse)
    #expect(a.fine == b.fine)
  }

  @Test("a basis is kept where it fits, and a better one is made where it does not")
  func bases() {
    let samples = Samples()
    let here = column(samples.vectors(300, dimension: 64), dimension: 64)
    let away = column(
      samples.vectors(300, dimension: 64).map { $0.map { $0 + 3 } }, dimension: 64)
    let first = CodeBasis.fitting(here, distance: .l2)
    let more = column(samples.vectors(300, dimension: 64), dimension: 64)
    #expect(CodeBasis.isSame(CodeBasis.fitting(more, distance: .l2, among: [first]), first))
    #expect(!CodeBasis.isSame(CodeBasis.fitting(away, distance: .l2, among: [first]), first))
    #expect(!CodeBasis.isSame(CodeBasis.fitting(more, distance: .cosine, among: [first]), first))
    #expect(first.suits(.innerProduct) && !first.suits(.cosine))
  }

  @Test("a cancelled search stops with an error")
  func cancellation() async throws {
    let vectors = column(
      [[Float]](repeating: [Float](repeating: 1, count: 64), count: 4_096), dimension: 64)
    let coded = try CodedRows(vectors, distance: .l2)
    let queries = [[Float]](repeating: [Float](repeating: 1, count: 64), count: 2_000)
    let outcome = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        (try? await coded.nearest(to: queries, count: 10, distance: .l2)) == nil
      }
      group.cancelAll()
      return await group.next()
    }
    #expect(outcome == true)
  }

  @Test(
    "sections of any other size or content are refused or readable, and never trap",
    arguments: [(70, false), (704, true)])
  func hostile(dimension: Int, haveRests: Bool) async throws {
    let samples = Samples()
    let vectors = samples.vectors(90, dimension: dimension)
    let coded = try CodedRows(column(vectors, dimension: dimension), distance: .l2)
    var encoder = CodeEncoder(basis: coded.codes.basis, distance: .l2)
    for vector in vectors { vector.withUnsafeBufferPointer { encoder.append($0) } }
    encoder.useRests(haveRests)
    let sections = encoder.finish()
    let layout = sections.layout
    #expect((layout == .withRests) == haveRests)
    for length in stride(from: 0, to: sections.coarse.count + 100, by: 61) {
      let bytes = (sections.coarse + [UInt8](repeating: 0, count: 100)).prefix(length)
      #expect(
        length == sections.coarse.count
          || (try? CodeColumn(
            ByteRegion(copying: bytes), layout: layout, rowCount: 90, dimension: dimension)) == nil
      )
    }
    for _ in 0..<300 {
      var (coarse, fine) = (sections.coarse, sections.fine)
      for _ in 0..<40 {
        coarse[16 + samples.int(below: coarse.count - 16)] = UInt8(samples.int(below: 256))
        fine[samples.int(below: fine.count)] = UInt8(samples.int(below: 256))
      }
      let read = try? CodeColumn(
        ByteRegion(copying: coarse), layout: layout, rowCount: 90, dimension: dimension)
      // How many components are in columns may have become a number that cannot be.
      guard let codes = read else {
        #expect(haveRests)
        continue
      }
      let fineCodes = FineCodes(ByteRegion(copying: fine), rows: 0..<90, dimension: dimension)
      var search = CodeSearch(queries: [vectors[3]], count: 5, distance: .l2)
      guard search.prepare(for: codes) else { continue }
      try await search.scan(codes, fineCodes, rows: nil, part: 0)
      #expect(search.candidates()[0].allSatisfy { $0.row < 90 })
    }
  }

  @Test(
    "codes with rests and without, of one basis, are searched in one go and find the same",
    arguments: Distance.all)
  func withRests(distance: Distance) async throws {
    let samples = Samples("withRests \(distance)")
    let dimension = 720
    let vectors = column(
      rows(samples, count: 3_000, dimension: dimension, norms: 0.5...2), dimension: dimension)
    let columns = try CodedRows(vectors, distance: distance)
    let rests = try CodedRows(vectors, distance: distance, withRests: true)
    #expect(CodeBasis.isSame(columns.codes.basis, rests.codes.basis))
    for round in 0..<10 {
      let query = zip(vectors[samples.int(below: 3_000)], samples.vector(dimension)).map {
        $0 + 0.2 * $1
      }
      let filter = round % 3 == 0 ? samples.rowSet(count: 3_000, density: 0.6) : nil
      // So many deviations that nothing is lost by chance.
      var search = CodeSearch(
        queries: [query], count: 20, distance: distance, deviations: 12, candidatesMin: .max)
      let places = [columns, rests, columns, rests].enumerated().map { part, coded in
        CodeSearch.CodedRows(codes: coded.codes, fine: coded.fine, rows: filter, part: part)
      }
      try await search.scan(places)
      let found = search.candidates()[0]
      let expected = try await ExactSearch.nearest(
        to: [query], in: vectors, rows: filter, count: 5, distance: distance)
      for part in 0..<4 {
        let rows = Set(found.filter { $0.part == part }.map(\.row))
        #expect(rows.isSuperset(of: expected[0].map(\.row)))
      }
    }
  }

  @Test("copies of a search at work at the same time do not disturb one another")
  func copiesAtOnce() async throws {
    let samples = Samples()
    let places = try (0..<2).map { _ in
      try CodedRows(
        column(samples.vectors(6_000, dimension: 70), dimension: 70), distance: .l2)
    }
    let fresh = CodeSearch(queries: [samples.vector(70)], count: 10, distance: .l2)
    @Sendable func candidates(_ place: CodedRows) async throws -> Set<CodeCandidate> {
      var copy = fresh
      try await copy.scan(place.codes, place.fine, rows: nil, part: 0)
      return Set(copy.candidates()[0])
    }
    var expected: [Set<CodeCandidate>] = []
    for place in places { expected.append(try await candidates(place)) }
    let (all, wanted) = (places, expected)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<8 {
        group.addTask {
          for _ in 0..<100 where try await candidates(all[number % 2]) != wanted[number % 2] {
            return false
          }
          return true
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
