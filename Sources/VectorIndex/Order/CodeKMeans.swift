import Model

/// Lloyd's algorithm with distances from the points' coarse codes, which take a twentieth of the time that those from vectors take
/// and are good enough to say which points are near each other.
struct CodeKMeans<Rows: VectorRows> {
  let vectors: Rows
  /// Of these vectors.
  let codes: CodeEncoder

  private static var iterations: Int { 4 }
  /// Blocks of which the centres are made.
  private static var sampleBlocksMax: Int { 320 }
  /// Blocks whose codes stay in the second-level cache, and bytes of tables that do so in the third-level one.
  private static var blocksAtOnce: Int { 64 }
  private static var tableBytes: Int { 2 << 20 }
  /// What takes as long as a product of a dot product: looking up so many components of a code, and adding part of a component.
  private static var componentsPerProduct: Int { 64 }
  private static var productsPerSum: Int { 8 }

  private var dimension: Int { codes.basis.dimension }

  /// About `count` centres, relative to that of the codes.
  /// - Throws: When the task is cancelled, within a few milliseconds.
  func centres(
    _ count: Int, _ random: inout SplitMix64, _ pace: inout Pace
  ) async throws(CancellationError) -> VectorList {
    let all = CoarseBlocks.count(rows: vectors.count)
    let blocks = random.distinct(Self.sampleBlocksMax, below: all)
    let coded = CodedBlocks(blocks, of: codes)
    // The last block may not be full.
    let rows = blocks.map { block in
      block * CoarseBlocks.rows..<min((block + 1) * CoarseBlocks.rows, vectors.count)
    }
    let sampled = rows.flatMap { $0 }
    var centres = VectorList(dimension: dimension, reserving: count)
    var vector = [Float](repeating: 0, count: dimension)
    func read(_ row: Int) {
      _ = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
    }
    for index in random.distinct(count, below: sampled.count) {
      read(sampled[index])
      centres.append(vector)
    }
    for _ in 0..<Self.iterations {
      let nearest = try await nearest(to: centres, in: coded, &pace).first
      var sums = [Float](repeating: 0, count: centres.count * dimension)
      var counts = [Int](repeating: 0, count: centres.count)
      for (index, range) in rows.enumerated() {
        for (slot, row) in range.enumerated() {
          let centre = Int(nearest[index * CoarseBlocks.rows + slot])
          read(row)
          counts[centre] += 1
          VectorMath.add(vector, to: &sums, at: centre * dimension)
        }
        try await pace.step(range.count * dimension * Self.productsPerSum)
      }
      var moved = VectorList(dimension: dimension, reserving: centres.count)
      for (centre, count) in counts.enumerated() {
        if count == 0 {
          read(sampled[Int.random(in: 0..<sampled.count, using: &random)])
          moved.append(vector)
        } else {
          let share = 1 / Float(count)
          moved.append(sums[centre * dimension..<(centre + 1) * dimension].map { $0 * share })
        }
      }
      centres = moved
    }
    return centres
  }

  /// Of each row in some blocks the two nearest of the centres.
  func nearest(
    to centres: VectorList, in blocks: CodedBlocks, _ pace: inout Pace
  ) async throws(CancellationError) -> TwoNearest {
    var nearest = TwoNearest(blockCount: blocks.blockCount)
    let width = codes.basis.rotation.width
    let queryBytes = codes.kernels.tableBytes(CoarseShape(width: width)) + width * 4
    let centresAtOnce = max(Self.tableBytes / queryBytes, 1)
    for start in stride(from: 0, to: centres.count, by: centresAtOnce) {
      let range = start..<min(start + centresAtOnce, centres.count)
      let points = range.map { point(centres[$0]) }
      for block in stride(from: 0, to: blocks.blockCount, by: Self.blocksAtOnce) {
        let some = block..<min(block + Self.blocksAtOnce, blocks.blockCount)
        blocks.offer(points, from: start, blocks: some, to: &nearest)
        try await pace.step(
          some.count * CoarseBlocks.rows * points.count * width / Self.componentsPerProduct)
      }
    }
    return nearest
  }

  /// A centre as a query for what is nearest to it by squared distance.
  private func point(_ centre: [Float]) -> CodeQuery {
    CodeQuery(centred: centre, basis: codes.basis, isProduct: false, kernels: codes.kernels)
  }
}
