import CKernels
import Testing

/// Rows with coarse codes and screens, as the kernels have them.
struct ScreenedRows {
  let width: Int
  /// The components in columns.
  let firstWidth: Int
  let count: Int
  let isProduct: Bool
  var blocks: [UInt8]
  var rests: [UInt8]
  var factors: [UInt8]
  var screen = apus_coarse_screen()

  var stride: Int { apus_coarse_bytes(firstWidth) + apus_screen_bytes() }

  /// `residuals` with their products with a centre.
  init(
    _ residuals: [[Float]], shifts: [Float], width: Int, firstWidth: Int? = nil, isProduct: Bool
  ) {
    let firstWidth = firstWidth ?? width
    self.width = width
    self.firstWidth = firstWidth
    self.isProduct = isProduct
    count = residuals.count
    let blockCount = (count + 63) / 64
    let columnBytes = apus_coarse_bytes(width) + apus_screen_bytes()
    var columns = [UInt8](repeating: 0, count: blockCount * columnBytes)
    var factors = [UInt8](repeating: 0, count: blockCount * apus_factor_bytes())
    var fine = [UInt8](repeating: 0, count: apus_fine_row_bytes(width))
    let table = CodeKernelsTests.tables[0]
    for row in 0..<count {
      columns.withUnsafeMutableBufferPointer { columns in
        factors.withUnsafeMutableBufferPointer { factors in
          guard let codes = columns.baseAddress, let numbers = factors.baseAddress else { return }
          table.encode(
            residuals[row], width, shifts[row], codes + row / 64 * columnBytes,
            numbers + row / 64 * apus_factor_bytes(), row % 64, &fine)
        }
      }
    }
    apus_make_screens(&columns, columnBytes, factors, count, width, isProduct, &screen)
    let stride = apus_coarse_bytes(firstWidth) + apus_screen_bytes()
    var blocks = [UInt8](repeating: 0, count: blockCount * stride)
    var rests = [UInt8](
      repeating: 0, count: blockCount * apus_rest_bytes(firstWidth, width) + 1)
    for block in 0..<blockCount {
      blocks.withUnsafeMutableBufferPointer { blocks in
        rests.withUnsafeMutableBufferPointer { rests in
          guard let blocks = blocks.baseAddress, let rests = rests.baseAddress else { return }
          apus_split_block(
            Array(columns[(block * columnBytes)...]), width, firstWidth, blocks + block * stride,
            rests + block * apus_rest_bytes(firstWidth, width))
        }
      }
    }
    (self.blocks, self.rests, self.factors) = (blocks, rests, factors)
  }

  /// Rows and bounds that one variant finds, and of how many rows it made a bound.
  func found(
    _ kernels: apus_code_kernels, query: [Float], base: Float, deviations: Float, threshold: Float,
    isScreened: Bool, hasGlance: Bool = false
  ) -> (bounds: [UInt32: UInt32], bounded: Int) {
    let found = found(
      kernels, query: query, base: base, deviations: deviations, threshold: threshold,
      isScreened: isScreened, hasGlance: hasGlance, in: 0..<(count + 63) / 64)
    return (Dictionary(uniqueKeysWithValues: zip(found.rows, found.bounds)), found.bounded)
  }

  /// The same for some blocks: rows in the order in which they were found, and the bits of their bounds.
  func found(
    _ kernels: apus_code_kernels, query: [Float], base: Float, deviations: Float, threshold: Float,
    isScreened: Bool, hasGlance: Bool = false, in range: Range<Int>
  ) -> (rows: [UInt32], bounds: [UInt32], bounded: Int, opened: Int) {
    let (table, terms) = Self.table(kernels, query, width: width, firstWidth: firstWidth)
    let square = query.reduce(0) { $0 + $1 * $1 }
    let factor: Float = isProduct ? 1 : 2
    let unit = terms.slope / 2
    let variance = square > 0 ? unit * unit * Float(width) / 12 / square : 0
    let restBytes = apus_rest_bytes(firstWidth, width) / 64
    let first = range.lowerBound * 64
    var rows = [UInt32](repeating: 0, count: range.count * 64)
    var bounds = [Float](repeating: 0, count: range.count * 64)
    var (bounded, opened) = (0, 0)
    let found = blocks.withUnsafeBufferPointer { blocks in
      factors.withUnsafeBufferPointer { factors in
        rows.withUnsafeMutableBufferPointer { rows in
          bounds.withUnsafeMutableBufferPointer { bounds in
            table.withUnsafeBufferPointer { table in
              rests.withUnsafeBufferPointer { rests in
                let rest = restBytes > 0 ? rests.baseAddress.map { $0 + first * restBytes } : nil
                let block = blocks.baseAddress.map { $0 + range.lowerBound * stride }
                let numbers = factors.baseAddress.map {
                  $0 + range.lowerBound * apus_factor_bytes()
                }
                var scan = apus_coarse_scan(
                  blocks: block, factors: numbers, block_stride: stride,
                  factor_stride: apus_factor_bytes(), first_width: firstWidth, rests: rest,
                  has_screens: isScreened, screen: screen, block_count: range.count, numbers: nil,
                  is_followed: range.upperBound * 64 < count,
                  row_count: min(count, range.upperBound * 64) - first, width: width,
                  members: nil, table: table.baseAddress, is_product: isProduct, base: base,
                  slope: factor * terms.slope, offset: factor * terms.offset,
                  spread: factor * deviations * square.squareRoot(), table_variance: variance,
                  first_share: terms.first_share, first_offset: factor * terms.first_offset,
                  has_glance: hasGlance, glance_share: terms.glance_share,
                  glance_offset: factor * terms.glance_offset, threshold: threshold,
                  rows: rows.baseAddress, bounds: bounds.baseAddress, later: nil, bounded: nil,
                  opened: nil)
                return withUnsafeMutablePointer(to: &bounded) { bounded in
                  withUnsafeMutablePointer(to: &opened) { opened in
                    (scan.bounded, scan.opened) = (bounded, opened)
                    return kernels.coarse(&scan)
                  }
                }
              }
            }
          }
        }
      }
    }
    return (
      rows[..<found].map { $0 + UInt32(first) }, bounds[..<found].map(\.bitPattern), bounded,
      opened
    )
  }
}

extension ScreenedRows {
  static func table(
    _ kernels: apus_code_kernels, _ query: [Float], width: Int, firstWidth: Int
  ) -> (table: [UInt8], terms: apus_table_terms) {
    let parts = (firstWidth + 23) / 24 + (width - firstWidth + 23) / 24
    var table = [UInt8](repeating: 0, count: parts * kernels.table_bytes)
    var terms = apus_table_terms()
    kernels.make_table(query, width, firstWidth, &table, &terms)
    return (table, terms)
  }

  /// How much too far away a row may be that its screen lets pass: a step of each of its bytes, and what the straight
  /// line that stands for its error is above it. With sums of 16 bits it is another step of the second byte, to which the
  /// first one is added, and 12 units: five, what is below a whole one, and what four numbers lose by being whole.
  func room(
    _ row: UInt32, query: [Float], base: Float, deviations: Float, threshold: Float, bySums: Bool
  ) -> Float {
    let step = factor(1, of: Int(row))
    let square = query.reduce(0) { $0 + $1 * $1 }
    let spread = (isProduct ? 1 : 2) * deviations * square.squareRoot()
    // Errors are roots of e * e + v: their slope is at most 1, and a chord is no more above them than the tangents at its
    // ends meet below it.
    let (unit, variance) = table(of: query)
    func slope(_ e: Float) -> Float { e / max((e * e + variance).squareRoot(), 1e-30) }
    let range = 255 * screen.e_step
    let above = range / 4 * (slope(screen.e_least + range) - slope(screen.e_least))
    let sums = (isProduct ? 1 : 2) * unit * (bySums ? 12 : 0)
    let shares = abs(threshold - base) * screen.b_step * (bySums ? 2 : 1)
    let steps = screen.a_step + spread * (screen.e_step + above) + sums
    // Of a query's product with signs, which is added up from its parts' sizes.
    let product = (isProduct ? 1 : 2) * (square * Float(width)).squareRoot()
    let size = abs(threshold) + abs(base) + step * (abs(screen.a_middle) + spread + product)
    return 1.05 * step * (steps + shares) + 1e-5 * size
  }

  /// Whether a row's other components have to be looked at by the first ones, and whether they may be: with what screens and
  /// whole numbers round. These are those in columns, or so many.
  func parts(
    query: [Float], base: Float, deviations: Float, threshold: Float, of firstWidth: Int? = nil
  ) -> [(isOpen: Bool, mayBeOpen: Bool)] {
    let firstWidth = firstWidth ?? self.firstWidth
    let terms = Self.table(
      CodeKernelsTests.tables[0], query, width: width, firstWidth: self.firstWidth
    ).terms
    let (unit, square) = (terms.slope / 2, query.reduce(0) { $0 + $1 * $1 })
    let (_, variance) = table(of: query)
    let weights = query.map { ($0 / unit).rounded(.toNearestOrEven) }
    let share = query[..<firstWidth].reduce(0) { $0 + $1 * $1 } / square
    let factor: Float = isProduct ? 1 : 2
    let spread = factor * deviations * square.squareRoot()
    let leastSquare = screen.e_least * screen.e_least + variance
    return (0..<count).map { row in
      var first: Float = 0
      for column in 0..<firstWidth / 8 {
        let signs = blocks[row / 64 * stride + column * 64 + row % 64]
        for bit in 0..<8 {
          let weight = weights[column * 8 + bit]
          first += signs & 1 << UInt8(bit) != 0 ? weight : -weight
        }
      }
      let (size, step) = (self.factor(0, of: row), self.factor(1, of: row))
      let shift = self.factor(2, of: row)
      let wanted = (base + (isProduct ? -shift : size) - threshold) / step
      let errorSquare = max(Float(width) - size / step / step, 0) / Float(width - 1) + variance
      let margin = spread * (1 / share - 1 + errorSquare).squareRoot()
      let marginMost =
        spread
        * ((1 / share - 1 + leastSquare).squareRoot() - leastSquare.squareRoot()
          + errorSquare.squareRoot())
      let product = factor * unit * first
      let room =
        self.room(
          UInt32(row), query: query, base: base, deviations: deviations, threshold: threshold,
          bySums: true) / step
      return (
        product >= share * (wanted - margin),
        product >= share * (wanted - marginMost - room) - 16 * factor * unit
      )
    }
  }

  private func factor(_ number: Int, of row: Int) -> Float {
    let start = row / 64 * apus_factor_bytes() + (number * 64 + row % 64) * 4
    return factors.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Float.self) }
  }

  /// What one more of a sum stands for, and the variance that comes of it.
  private func table(of query: [Float]) -> (slope: Float, variance: Float) {
    let terms = Self.table(
      CodeKernelsTests.tables[0], query, width: width, firstWidth: firstWidth
    ).terms
    let square = query.reduce(0) { $0 + $1 * $1 }
    let variance = square > 0 ? terms.slope * terms.slope / 4 * Float(width) / 12 / square : 0
    return (terms.slope, variance)
  }

  /// Whether screens are used: their bytes count some units of sums of 16 bits, but not too many, and of zeros all
  /// products are the same.
  func areOfUse(_ query: [Float], base: Float, threshold: Float) -> Bool {
    let unit = (isProduct ? 1 : 2) * table(of: query).slope
    let terms = [screen.a_step * 256, screen.b_step * 256 * (threshold - base), screen.a_middle]
    return width <= 4096 && unit > 0 && terms.allSatisfy { abs($0) < 30_000 * unit }
  }

  /// The terms that screens are made of, of all rows.
  var terms: [(a: Float, b: Float, e: Float)] {
    (0..<count).map { row in
      let (square, step, shift) = (factor(0, of: row), factor(1, of: row), factor(2, of: row))
      let left = max(Float(width) - square / step / step, 0)
      return (
        (isProduct ? -shift : square) / step, 1 / step, (left / Float(width - 1)).squareRoot()
      )
    }
  }

  /// Rows of which the screens tell nothing.
  var unknownCount: Int {
    (0..<count).count { row in
      let start = row / 64 * stride + apus_coarse_bytes(firstWidth)
      let place = row % 2 * 32 + row % 64 / 2
      return blocks[start + 2 * place] == 0x80 && blocks[start + 2 * place + 1] == 0x80
    }
  }
}
