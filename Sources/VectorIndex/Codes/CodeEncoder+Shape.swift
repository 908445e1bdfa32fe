import CKernels
import Model

/// Of wide vectors most rows are told to be too far away by a part of their components, if the nearest are much nearer than
/// most. Where they are hardly nearer, as among random vectors, nearly all rows' rests would have to be looked at one by one,
/// which takes several times as long as columns: some of the rows tell which it is.
extension CodeEncoder {
  /// In fewer rows nothing is gained.
  private static let rowsMin = 4096
  private static let blocksMax = 128
  private static let queryCount = 4
  /// Of the rows whose rests are looked at.
  private static let shareMax = 0.1

  /// Chooses how the section will have the rows so far, if it was not chosen already: some 10 milliseconds of work.
  package mutating func chooseShape() {
    guard !isShapeChosen else { return }
    useRests(false)
    guard count >= Self.rowsMin, let shape = CoarseShape(withRests: shape.width) else { return }
    makeScreens()
    let sample = BlockSample(of: self, shape: shape, blocksMax: Self.blocksMax)
    let shares = (0..<Self.queryCount).compactMap { query in
      let row = sample.rows.count * query / Self.queryCount
      // Queries may come from elsewhere than the rows: some are between two of these.
      let other = query % 2 == 0 ? row : (row + sample.rows.count / 2 + 1) % sample.rows.count
      return sample.share(passing: row, and: other)
    }
    guard let most = shares.max(), shares.count > Self.queryCount / 2 else { return }
    let mean = shares.reduce(0, +) / Double(shares.count)
    useRests(mean <= Self.shareMax && most <= 4 * Self.shareMax)
  }

  /// Has the section made with rests, if the vectors are wide enough for that, or without.
  package mutating func useRests(_ uses: Bool) {
    let columns = CoarseShape(width: basis.rotation.width)
    shape = (uses ? CoarseShape(withRests: columns.width) : nil) ?? columns
    isShapeChosen = true
  }
}

/// Some blocks of rows as they would be with rests.
private struct BlockSample {
  let rows: [UInt32]
  private let shape: CoarseShape
  private let blocks: [UInt8]
  private let factors: [UInt8]
  private let encoder: CodeEncoder
  private let restsStart: Int

  private static let neighbours = 10

  init(of encoder: CodeEncoder, shape: CoarseShape, blocksMax: Int) {
    self.encoder = encoder
    self.shape = shape
    let all = encoder.count / CoarseBlocks.rows
    let count = min(all, blocksMax)
    let chosen = (0..<count).map { all * $0 / count }
    rows = chosen.flatMap { block in
      (0..<CoarseBlocks.rows).map { UInt32(block * CoarseBlocks.rows + $0) }
    }
    let (columns, factors) = encoder.copies(of: chosen)
    blocks = columns.withUnsafeBufferPointer { shape.blocks(of: $0, count: count) }
    self.factors = factors
    restsStart = count * shape.blockBytes
  }

  /// Which part of the rows a search for what is nearest to the middle between two of them could not leave out by their columns;
  /// nil where nothing is known of these.
  func share(passing row: Int, and other: Int) -> Double? {
    guard let first = encoder.residual(ofRow: Int(rows[row])),
      let second = encoder.residual(ofRow: Int(rows[other]))
    else { return nil }
    let residual = zip(first, second).map { ($0 + $1) / 2 }
    let isProduct = CodeQuery.isProduct(encoder.distance)
    let square = residual.reduce(0) { $0 + Double($1) * Double($1) }
    guard square > 0, square.isFinite else { return nil }
    let query = CodeQuery(
      residual: residual, square: square, base: isProduct ? 0 : Float(square),
      magnitude: Float(square), shape: shape, isProduct: isProduct,
      deviations: CodeSearch.deviationsDefault, kernels: encoder.kernels)

    // The nearest are the rows themselves.
    let distances = encoder.distances(from: query, to: rows).sorted()
    let threshold = distances[min(Self.neighbours, distances.count - 1)]
    var found = [UInt32](repeating: 0, count: rows.count)
    var bounds = [Float](repeating: 0, count: rows.count)
    var passing = 0
    blocks.withUnsafeBufferPointer { blocks in
      factors.withUnsafeBufferPointer { factors in
        query.table.withUnsafeBufferPointer { table in
          found.withUnsafeMutableBufferPointer { found in
            bounds.withUnsafeMutableBufferPointer { bounds in
              withUnsafeMutablePointer(to: &passing) { passing in
                var scan = apus_coarse_scan(
                  blocks: blocks.baseAddress, factors: factors.baseAddress,
                  block_stride: shape.blockBytes, factor_stride: apus_factor_bytes(),
                  first_width: shape.firstWidth,
                  rests: blocks.baseAddress.map { $0 + restsStart },
                  has_screens: encoder.screen != nil,
                  screen: encoder.screen?.terms ?? apus_coarse_screen(),
                  block_count: rows.count / CoarseBlocks.rows, numbers: nil, is_followed: false,
                  row_count: rows.count, width: shape.width, members: nil,
                  table: table.baseAddress, is_product: isProduct, base: query.base,
                  slope: query.slope, offset: query.offset, spread: query.spread,
                  table_variance: query.tableVariance, first_share: query.firstShare,
                  first_offset: query.firstOffset, has_glance: false, glance_share: 1,
                  glance_offset: 0, threshold: threshold, rows: found.baseAddress,
                  bounds: bounds.baseAddress,
                  later: nil, bounded: passing, opened: nil)
                _ = encoder.kernels.table.coarse(&scan)
              }
            }
          }
        }
      }
    }
    return Double(passing) / Double(rows.count)
  }
}

extension CodeEncoder {
  /// Codes with room for screens, and factors, of some blocks.
  func copies(of blocks: [Int]) -> (codes: [UInt8], factors: [UInt8]) {
    let columnBytes = CoarseShape(width: basis.rotation.width).blockBytes
    var (copies, factorCopies): ([UInt8], [UInt8]) = ([], [])
    copies.reserveCapacity(blocks.count * columnBytes)
    for block in blocks {
      copies += codes[block * columnBytes..<(block + 1) * columnBytes]
      factorCopies += factors[block * apus_factor_bytes()..<(block + 1) * apus_factor_bytes()]
    }
    return (copies, factorCopies)
  }

  /// About what was encoded as the row, from its fine code; nil where nothing is known of it.
  fileprivate func residual(ofRow row: Int) -> [Float]? {
    let width = basis.rotation.width
    let start = row * apus_fine_row_bytes(width)
    return fine.withUnsafeBytes { fine in
      let scale = fine.loadUnaligned(fromByteOffset: start + width, as: Float.self)
      let error = fine.loadUnaligned(fromByteOffset: start + width + 4, as: Float.self)
      guard error.isFinite else { return nil }
      return (0..<width).map { Float(Int8(bitPattern: fine[start + $0])) * scale }
    }
  }

  /// Distances by fine codes, those of which nothing is known infinite.
  fileprivate func distances(from query: CodeQuery, to rows: [UInt32]) -> [Float] {
    var lower = [Float](repeating: 0, count: rows.count)
    var upper = lower
    fine.withUnsafeBufferPointer { fine in
      rows.withUnsafeBufferPointer { rows in
        query.residual.withUnsafeBufferPointer { residual in
          lower.withUnsafeMutableBufferPointer { lower in
            upper.withUnsafeMutableBufferPointer { upper in
              var scan = apus_fine_scan(
                codes: fine.baseAddress, width: residual.count, rows: rows.baseAddress,
                row_count: rows.count, query: residual.baseAddress, is_product: query.isProduct,
                base: query.base, slope: query.fineSlope, spread: 0, lower: lower.baseAddress,
                upper: upper.baseAddress)
              kernels.table.fine(&scan)
            }
          }
        }
      }
    }
    return upper.map { $0.isFinite ? $0 : .infinity }
  }
}
