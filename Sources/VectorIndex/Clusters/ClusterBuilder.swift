import CKernels
package import Model

/// Rows of vectors that will not change, end to end.
package protocol VectorRows: Sendable {
  var count: Int { get }
  /// Calls `body` with the components of a row, which are valid only during the call.
  func withVector<R>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) -> R) -> R
}

extension VectorColumn: VectorRows {
  package func withVector<R>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    withRow(row, body)
  }
}

/// Divides the rows of a large segment among clusters, so that a search need look at the codes of few of them only:
/// an inverted file over the coarse codes in which each row stands in two clusters (SOAR).
package struct ClusterBuilder<Rows: VectorRows> {
  /// How queries will compare the vectors.
  private let distance: Distance
  private let vectors: Rows
  private let codes: CodeEncoder
  private let probesMin: Int
  private var random: SplitMix64

  private static var sampleRowsMax: Int { 40_000 }
  private static var sampleBytesMax: Int { 96 << 20 }
  /// Copying a component, or listing a row, takes about as long as so many products.
  private static var productsPerCopy: Int { 16 }
  private static var productsPerListing: Int { 256 }

  /// `codes` must have the codes of exactly these vectors.
  /// A query looks into `probesMin` clusters at least: the usual is what is enough for queries from elsewhere than the
  /// vectors, of which no measurement on these tells.
  package init(
    of vectors: Rows, codes: CodeEncoder, distance: Distance, seed: UInt64, probesMin: Int
  ) {
    precondition(vectors.count == codes.count)
    self.probesMin = probesMin
    self.distance = distance
    self.vectors = vectors
    var codes = codes
    codes.makeScreens()
    self.codes = codes
    random = SplitMix64(seed: seed)
  }

  /// The section of the segment; nil where a search would have to look at so many clusters that it is better without.
  /// - Throws: When the task is cancelled, within a few milliseconds.
  @concurrent
  package consuming func build() async throws(CancellationError) -> [UInt8]? {
    let rowBytes = dimension * 4
    let sampleCount = min(
      vectors.count, Self.sampleRowsMax, max(Self.sampleBytesMax / rowBytes, 1024))
    let sample = try await centred(random.distinct(sampleCount, below: vectors.count))
    if distance == .innerProduct, ProductLengths.vary(sample, centre: codes.basis.centre) {
      return nil
    }
    // 4 * sqrt(n), so that ranking the clusters and looking into some take about as long.
    let tree = try await CellTree(
      count: Int(4 * Double(vectors.count).squareRoot()), of: sample, &random)
    guard let members = try await assigned(to: tree) else { return nil }
    let probes = try await Calibration(
      vectors: vectors, basis: codes.basis, distance: distance, cells: tree.cells, members: members
    ).run(&random).atLeast(probesMin)
    guard probes.isWorthIt(among: tree.cells.count) else { return nil }
    return try await written(tree.cells, members, probes)
  }

  private var dimension: Int { codes.basis.dimension }

  /// Some vectors as they are encoded, less the centre.
  private func centred(_ rows: [Int]) async throws(CancellationError) -> VectorList {
    var list = VectorList(dimension: dimension, reserving: rows.count)
    var vector = [Float](repeating: 0, count: dimension)
    var pace = Pace()
    for row in rows {
      _ = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
      list.append(vector)
      try await pace.step(dimension * Self.productsPerCopy)
    }
    return list
  }

  /// Per row its two clusters; the same twice where there is but one. Nil where a vector's numbers are too large or too
  /// small for codes.
  private func assigned(
    to tree: CellTree
  ) async throws(CancellationError) -> ClusterMembers? {
    var members = ClusterMembers(rowCount: vectors.count)
    var memory = CellTree.Workspace(tree)
    var vector = [Float](repeating: 0, count: dimension)
    var pace = Pace()
    for row in 0..<vectors.count {
      let isKnown = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
      // Nobody could say near what it is, and a search of all codes looks at it in any case.
      guard isKnown else { return nil }
      let (first, second) = vector.withUnsafeBufferPointer { tree.cells(of: $0, &memory) }
      members.append(first: UInt32(first), second: UInt32(second ?? first))
      try await pace.step(tree.productsPerVector)
    }
    return members
  }

  private func written(
    _ cells: VectorList, _ members: ClusterMembers, _ probes: ClusterProbes
  ) async throws(CancellationError) -> [UInt8] {
    var rows = [[UInt32]](repeating: [], count: cells.count)
    var pace = Pace()
    for row in 0..<vectors.count {
      let (first, second) = members[row]
      rows[Int(first)].append(UInt32(row))
      if second != first { rows[Int(second)].append(UInt32(row)) }
      try await pace.step(Self.productsPerListing)
    }
    var kept = VectorList(dimension: dimension, reserving: rows.count)
    for cell in 0..<cells.count where !rows[cell].isEmpty { kept.append(cells[cell]) }
    rows.removeAll { $0.isEmpty }

    var section = ClusterSectionWriter(
      centres: kept, rowCounts: rows.map(\.count), probes: probes, codes: codes,
      distance: distance)
    for list in rows {
      section.append(list)
      try await pace.step(list.count * dimension)
    }
    return section.finish()
  }
}

/// Per row the two clusters in which it is listed.
struct ClusterMembers: Sendable {
  private var cells: [UInt32] = []

  init(rowCount: Int) { cells.reserveCapacity(rowCount * 2) }

  mutating func append(first: UInt32, second: UInt32) {
    cells.append(first)
    cells.append(second)
  }

  subscript(row: Int) -> (first: UInt32, second: UInt32) { (cells[row * 2], cells[row * 2 + 1]) }
}

extension CodeBasis {
  /// The vector as it is encoded, less the centre.
  /// - Returns: False where nothing can be said of the vector; the result is then the centre itself.
  func centred(_ vector: UnsafeBufferPointer<Float>, into result: inout [Float]) -> Bool {
    let isKnown = result.withUnsafeMutableBufferPointer {
      Self.encodable(vector, isUnit: isUnit, into: $0)
    }
    let square = result.withUnsafeMutableBufferPointer { result in
      centre.withUnsafeBufferPointer { centre in
        for i in 0..<dimension { result[i] -= centre[i] }
      }
      return VectorMath.square(UnsafeBufferPointer(result))
    }
    guard !isKnown || !square.isFinite else { return true }
    for i in 0..<dimension { result[i] = 0 }
    return false
  }
}
