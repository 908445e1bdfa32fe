import Model

/// Tries an order with some queries: whether searches find enough by it, and look at fewer blocks.
///
/// Where lengths vary, a block's mean says little of its rows; where some rows are far from all others, codes say little of these; among
/// random vectors nothing says anything.
struct OrderTrial<Rows: VectorRows> {
  let vectors: Rows
  let codes: CodeEncoder
  let order: CodeOrder

  private static var queries: Int { 64 }
  private static var queriesAtOnce: Int { 16 }
  private static var rowsAtOnce: Int { 512 }
  private static var productsPerRow: Int { 512 }
  /// What is to be found of the 10 nearest, and of the nearest one; and the part of all blocks that may be looked at on average.
  private static var foundOfTen: Double { 0.996 }
  private static var foundOfOne: Double { 0.965 }
  private static var lookedMax: Double { 0.97 }

  private var dimension: Int { codes.basis.dimension }

  /// Whether searches gain by the order. Half of the queries are rows, the others rows that are moved away from where they are by as much
  /// as they are away from the centre.
  func succeeds(
    _ random: inout SplitMix64, _ pace: inout Pace
  ) async throws(CancellationError) -> Bool {
    var queries: [(centred: [Float], ready: CodeQuery)] = []
    for (number, row) in random.distinct(Self.queries, below: vectors.count).enumerated() {
      guard let centred = centred(row, movedBy: number % 2 == 0 ? 1 : 0, &random) else { continue }
      queries.append((centred, query(centred)))
    }
    var (ofTen, ofOne, looked) = (0.0, 0.0, 0.0)
    for start in stride(from: 0, to: queries.count, by: Self.queriesAtOnce) {
      let some = queries[start..<min(start + Self.queriesAtOnce, queries.count)]
      let scores = try await scores(of: some.map(\.centred), &pace)
      for (query, scores) in zip(some, scores) {
        let ten = walk(query.ready, scores, count: 10)
        ofTen += ten.found
        ofOne += walk(query.ready, scores, count: 1).found
        looked += ten.looked
        try await pace.step(scores.count * Self.productsPerRow)
      }
    }
    let tried = Double(queries.count)
    return tried > 0 && ofTen >= Self.foundOfTen * tried && ofOne >= Self.foundOfOne * tried
      && looked <= Self.lookedMax * tried
  }

  /// A row less the centre, moved by a part of its length in any direction; nil where nothing is known of it.
  private func centred(
    _ row: Int, movedBy share: Float, _ random: inout SplitMix64
  ) -> [Float]? {
    var vector = [Float](repeating: 0, count: dimension)
    let isKnown = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
    let length = vector.withUnsafeBufferPointer { VectorMath.square($0) }.squareRoot()
    let noise = vector.map { _ in random.nextNormal() }
    let noiseLength = noise.withUnsafeBufferPointer { VectorMath.square($0) }.squareRoot()
    guard isKnown, length > 0, length.isFinite, noiseLength > 0 else { return nil }
    return zip(vector, noise).map { $0 + $1 * (share * length / noiseLength) }
  }

  private func query(_ centred: [Float]) -> CodeQuery {
    CodeQuery(
      centred: centred, basis: codes.basis, isProduct: CodeQuery.isProduct(codes.distance),
      kernels: codes.kernels)
  }

  /// Per query and row the distance, up to what is the same for all rows.
  private func scores(
    of queries: [[Float]], _ pace: inout Pace
  ) async throws(CancellationError) -> [[Float]] {
    let isProduct = codes.distance == .innerProduct
    // With products it is the rows themselves that are compared, and not what is left of them without the centre.
    let given = queries.map { query in
      isProduct ? zip(query, codes.basis.centre).map { $0 + $1 } : query
    }.flatMap { $0 }
    var scores = queries.map { _ in [Float](repeating: 0, count: vectors.count) }
    var dots = [Float](repeating: 0, count: Self.rowsAtOnce * queries.count)
    var vector = [Float](repeating: 0, count: dimension)
    for start in stride(from: 0, to: vectors.count, by: Self.rowsAtOnce) {
      let range = start..<min(start + Self.rowsAtOnce, vectors.count)
      var rows = VectorList(dimension: dimension, reserving: range.count)
      for row in range {
        _ = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
        rows.append(vector)
      }
      given.withUnsafeBufferPointer { given in
        dots.withUnsafeMutableBufferPointer { rows.dots(given, 0..<rows.count, into: $0) }
      }
      for query in queries.indices {
        for i in 0..<rows.count {
          let dot = dots[query * rows.count + i]
          let score = isProduct ? -dot : rows.squares[i] - 2 * dot
          scores[query][start + i] = score.isNaN ? .infinity : score
        }
      }
      try await pace.step(range.count * (queries.count + 8) * dimension)
    }
    return scores
  }

  /// Looks at blocks as a search with the usual patience does.
  /// - Returns: The part of the nearest that was found, and that of all blocks that were looked at.
  private func walk(
    _ query: CodeQuery, _ scores: [Float], count: Int
  ) -> (found: Double, looked: Double) {
    var nearest = LeastBounds(capacity: count)
    for score in scores { nearest.offer(score) }
    let last = nearest.bound
    let total = order.blockCount
    let ranking = withUnsafeTemporaryAllocation(
      of: Float.self, capacity: total + CoarseBlocks.rows
    ) { estimates in
      order.estimate(query, kernels: codes.kernels, into: estimates)
      return BlockRanking(
        UnsafeBufferPointer(rebasing: estimates[..<total]), counts: [total],
        blocksMax: BlockRanking.blocksMax(of: total), kernels: codes.kernels)
    }
    var patience = Patience(CodeSearch.patience(effort: 1), neighbours: count, blocks: total)
    var (least, found, looked) = (LeastBounds(capacity: count), 0, 0)
    order.withRows { rows in
      for step in ranking.steps where !patience.isOver {
        for number in ranking.numbers[looked..<looked + Int(step.count)] {
          let first = Int(number) * CoarseBlocks.rows
          for position in first..<min(first + CoarseBlocks.rows, order.count) {
            let score = scores[Int(rows[position])]
            least.offer(score)
            if score <= last { found += 1 }
          }
        }
        looked += Int(step.count)
        patience.note(least.bound, looked: looked)
      }
    }
    return (Double(min(found, count)) / Double(count), Double(looked) / Double(max(total, 1)))
  }
}
