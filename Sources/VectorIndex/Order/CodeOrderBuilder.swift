import CKernels
import Model

/// Puts the rows of a segment in an order in which those that are near each other are in the same blocks: by the cells of
/// k-means, which is cut into blocks wherever they end.
package struct CodeOrderBuilder<Rows: VectorRows> {
  private let vectors: Rows
  private let codes: CodeEncoder
  private let isTried: Bool
  private var random: SplitMix64

  /// About so many rows have a cell in common.
  private static var rowsPerCell: Int { 150 }
  private static var productsPerSorted: Int { 1024 }
  /// Copying a component takes about as long as so many products.
  private static var productsPerCopy: Int { 16 }

  /// `codes` must have the codes of exactly these vectors. If it is `tried`, no order is made where searches gain nothing by it, or find
  /// too little.
  package init(of vectors: Rows, codes: CodeEncoder, seed: UInt64, tried isTried: Bool = true) {
    self.isTried = isTried
    precondition(vectors.count == codes.count)
    self.vectors = vectors
    self.codes = codes
    random = SplitMix64(seed: seed)
  }

  private var dimension: Int { codes.basis.dimension }

  /// Of each position the row, and the section of the segment; nil where searches are as fast without, or would find too little.
  /// - Throws: When the task is cancelled, within a few milliseconds.
  @concurrent
  package consuming func build() async throws(CancellationError) -> (
    rows: [UInt32], section: [UInt8]
  )? {
    var pace = Pace()
    if isTried, try await isByLength(&pace) { return nil }
    let kMeans = CodeKMeans(vectors: vectors, codes: codes)
    let cells = try await kMeans.centres(
      max(vectors.count / Self.rowsPerCell, 1), &random, &pace)
    let nearest = try await kMeans.nearest(to: cells, in: CodedBlocks(of: codes), &pace)
    let rows = try await ordered(nearest, cells, &pace)
    let section = CodeOrder.section(rows: rows, centres: try await centres(of: rows, &pace))
    guard isTried else { return (rows, section) }
    let order = try? CodeOrder(
      ByteRegion(copying: section), rowCount: rows.count, dimension: dimension)
    guard let order,
      try await OrderTrial(vectors: vectors, codes: codes, order: order).succeeds(&random, &pace)
    else { return nil }
    return (rows, section)
  }

  /// Whether the length of a row decides whether it is near, more than where it is.
  private mutating func isByLength(_ pace: inout Pace) async throws(CancellationError) -> Bool {
    guard codes.distance == .innerProduct else { return false }
    let rows = random.distinct(
      min(ProductLengths.sampleRows, vectors.count), below: vectors.count)
    var sample = VectorList(dimension: dimension, reserving: rows.count)
    var vector = [Float](repeating: 0, count: dimension)
    for row in rows {
      _ = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
      sample.append(vector)
      try await pace.step(dimension * Self.productsPerCopy)
    }
    return ProductLengths.vary(sample, centre: codes.basis.centre)
  }

  /// The rows cell by cell, each followed by one near it, and within a cell from where the one before is to where the next is.
  private func ordered(
    _ nearest: TwoNearest, _ cells: VectorList, _ pace: inout Pace
  ) async throws(CancellationError) -> [UInt32] {
    let chain = try await CellChain(cells, &pace)
    var rowsOfCells = [[(key: Float, row: UInt32)]](repeating: [], count: cells.count)
    var vector = [Float](repeating: 0, count: dimension)
    for row in 0..<vectors.count {
      _ = vectors.withVector(row) { codes.basis.centred($0, into: &vector) }
      vector.withUnsafeBufferPointer { vector in
        // The codes do not tell which of these is nearer.
        let (first, other) = (Int(nearest.first[row]), Int(nearest.other[row]))
        let cell =
          cells.distance(of: vector, from: other) < cells.distance(of: vector, from: first)
          ? other : first
        let place = chain.places[cell]
        rowsOfCells[place].append((chain.position(of: vector, in: place), UInt32(row)))
      }
      try await pace.step(dimension * Self.productsPerCopy)
    }
    var rows: [UInt32] = []
    rows.reserveCapacity(vectors.count)
    for cell in rowsOfCells {
      rows += cell.sorted { ($0.key, $0.row) < ($1.key, $1.row) }.map(\.row)
      try await pace.step(cell.count * Self.productsPerSorted)
    }
    return rows
  }

  /// Codes of the mean of each block's residuals.
  private func centres(
    of rows: [UInt32], _ pace: inout Pace
  ) async throws(CancellationError) -> [UInt8] {
    let width = codes.basis.rotation.width
    let blockBytes = CoarseBlocks.bytesWithFactors(width: width)
    let blockCount = CoarseBlocks.count(rows: rows.count)
    var bytes = [UInt8](repeating: 0, count: CoarseBlocks.count(rows: blockCount) * blockBytes)
    var fine = [UInt8](repeating: 0, count: apus_fine_row_bytes(width))
    var vector = [Float](repeating: 0, count: dimension)
    for block in 0..<blockCount {
      let range = block * CoarseBlocks.rows..<min((block + 1) * CoarseBlocks.rows, rows.count)
      var mean = [Float](repeating: 0, count: width)
      var (square, shift): (Float, Float) = (0, 0)
      for row in rows[range] {
        _ = vectors.withVector(Int(row)) { codes.basis.centred($0, into: &vector) }
        VectorMath.add(vector, to: &mean)
        // Where nothing is known of a row, nothing is of the block.
        let factors = codes.factors(ofRow: Int(row))
        (square, shift) = (square + factors.square, shift + factors.shift)
      }
      let share = 1 / Float(range.count)
      for i in 0..<dimension { mean[i] *= share }
      mean.withUnsafeMutableBufferPointer {
        codes.basis.rotation.apply(to: $0, kernels: codes.kernels)
      }
      let (centreBlock, slot) = block.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
      bytes.withUnsafeMutableBytes { bytes in
        let place = bytes.baseAddress.map { $0 + centreBlock * blockBytes }
        guard let place = place?.assumingMemoryBound(to: UInt8.self) else { return }
        let factors = place + apus_coarse_bytes(width)
        codes.kernels.table.encode(mean, width, shift * share, place, factors, slot, &fine)
        // The mean of squared distances is that to the mean and how far the rows are from it.
        UnsafeMutableRawPointer(factors).storeBytes(
          of: square * share, toByteOffset: slot * MemoryLayout<Float>.size, as: Float.self)
      }
      try await pace.step(range.count * dimension * Self.productsPerCopy)
    }
    return bytes
  }
}
