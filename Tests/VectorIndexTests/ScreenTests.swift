import CKernels
import Testing

/// Rows with coarse codes and screens, as the kernels have them.
private struct ScreenedRows {
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

@Suite("Screens of coarse codes")
struct ScreenTests {
  /// Kinds of vectors by how their lengths and places vary.
  enum Kind: CaseIterable {
    case alike, ofManyLengths, ofTwoLengths, ofOneLength, withZeros, farFromCentre, unknown, huge
  }

  private func vectors(_ kind: Kind, _ samples: Samples, width: Int) -> ([[Float]], [Float]) {
    var shifts: [Float] = []
    let vectors = (0..<1 + samples.int(below: 700)).map { row in
      var vector = samples.vector(width)
      func scale(_ factor: Float) { vector = vector.map { $0 * factor } }
      var shift = vector[0]
      switch kind {
      case .alike: break
      case .ofManyLengths:
        scale(Float(sign: .plus, exponent: samples.int(below: 60) - 30, significand: 1))
      case .ofTwoLengths: scale(row % 9 == 0 ? 1000 : 1)
      case .ofOneLength:
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        scale(1 / max(length, 1e-9))
      case .withZeros: if row % 3 == 0 { scale(0) }
      case .farFromCentre: shift = vector[0] * 1e6
      case .unknown: if row % 4 == 0 { vector[0] = .infinity }
      case .huge:
        scale(1e14)
        shift = vector[1] * 1e15
      }
      shifts.append(shift)
      return vector
    }
    return (vectors, shifts)
  }

  @Test(
    "many blocks at once have the rows that they have a few at a time", arguments: [false, true])
  func manyBlocks(isProduct: Bool) {
    let samples = Samples("screens of many blocks \(isProduct)")
    for (count, width, firstWidth) in [
      (2_048, 64, 64), (2_049, 64, 64), (6_500, 64, 64), (2_500, 192, 64),
    ] {
      let vectors = (0..<count).map { _ in samples.vector(width) }
      let rows = ScreenedRows(
        vectors, shifts: vectors.map { $0[0] }, width: width, firstWidth: firstWidth,
        isProduct: isProduct)
      let query = samples.vector(width)
      let blockCount = (count + 63) / 64
      func found(
        _ kernels: apus_code_kernels, _ threshold: Float, _ isScreened: Bool, _ range: Range<Int>
      ) -> (rows: [UInt32], bounds: [UInt32], bounded: Int, opened: Int) {
        rows.found(
          kernels, query: query, base: 1, deviations: 2, threshold: threshold,
          isScreened: isScreened, in: range)
      }
      let all = found(CodeKernelsTests.tables[0], .infinity, false, 0..<blockCount)
      let bounds = all.bounds.map { Float(bitPattern: $0) }.sorted()
      for threshold in [0, 10, count / 50, count / 2, count - 1].map({ bounds[$0] }) {
        for kernels in CodeKernelsTests.tables {
          let whole = found(kernels, threshold, true, 0..<blockCount)
          var (rows, bits, bounded): ([UInt32], [UInt32], Int) = ([], [], 0)
          for first in stride(from: 0, to: blockCount, by: 7) {
            let part = found(kernels, threshold, true, first..<min(first + 7, blockCount))
            rows += part.rows
            bits += part.bounds
            bounded += part.bounded
          }
          #expect(whole.rows == rows && whole.bounds == bits && whole.bounded == bounded)
        }
      }
    }
  }

  @Test(
    "leave nothing out, and give bounds that are hardly less", arguments: Kind.allCases,
    [false, true])
  func leaveNothingOut(kind: Kind, isProduct: Bool) {
    let samples = Samples("screens \(kind) \(isProduct)")
    for (width, firstWidth) in [
      (64, 64), (128, 128), (384, 384), (1088, 1088), (4096, 4096), (4160, 4160), (192, 64),
      (768, 512), (1536, 512), (4096, 512),
    ] {
      let (vectors, shifts) = vectors(kind, samples, width: width)
      let rows = ScreenedRows(
        vectors, shifts: shifts, width: width, firstWidth: firstWidth, isProduct: isProduct)
      for _ in 0..<4 {
        let size = Float(sign: .plus, exponent: samples.int(below: 12) - 6, significand: 1)
        // Rotated queries have all their components of about one size: of one that is nearly all of the length a part of the
        // components tells nearly everything, and what is left for chance is less than a row's rest may be.
        var query = (samples.int(below: 2) == 0 ? samples.vector(width) : vectors[0])
          .map { $0.isFinite ? $0 * size : size }
        if samples.int(below: 8) == 0 { query = [Float](repeating: 0, count: width) }
        let square = query.reduce(0) { $0 + $1 * $1 }
        guard square < 1e30 else { continue }
        let base = isProduct ? 1 + samples.vector(1)[0] : square
        // By a part of the components rows are lost by chance, but not by so many deviations.
        let deviations = Float(firstWidth == width ? samples.int(below: 5) : 12)
        func found(
          _ kernels: apus_code_kernels, _ threshold: Float, _ isScreened: Bool
        ) -> (bounds: [UInt32: UInt32], bounded: Int) {
          rows.found(
            kernels, query: query, base: base, deviations: deviations, threshold: threshold,
            isScreened: isScreened)
        }
        let all = found(CodeKernelsTests.tables[0], .infinity, false).bounds
        #expect(all.count == vectors.count)
        // Thresholds that are rows' own bounds: what is at the limit counts.
        let bounds = all.values.map { Float(bitPattern: $0) }.filter(\.isFinite).sorted()
        for place in [0, min(9, bounds.count - 1), bounds.count / 2, bounds.count - 1]
        where bounds.indices.contains(place) {
          let expected = found(CodeKernelsTests.tables[0], bounds[place], false).bounds
          let (screened, bounded) = found(CodeKernelsTests.tables[0], bounds[place], true)
          for (row, bound) in expected {
            guard let less = screened[row].map({ Float(bitPattern: $0) }) else {
              Issue.record("row \(row) of \(vectors.count) is left out, width \(width)")
              continue
            }
            let bound = Float(bitPattern: bound)
            let size = max(abs(bound), abs(base), abs(bounds[place]))
            #expect(bound.isNaN || less <= bound || less - bound < 1e-5 * size, "width \(width)")
          }
          if firstWidth == width, kind == .alike || kind == .ofOneLength {
            func isWithin(_ row: UInt32, bySums: Bool) -> Bool {
              let exact = all[row].map { Float(bitPattern: $0) } ?? .infinity
              let room = rows.room(
                row, query: query, base: base, deviations: deviations, threshold: bounds[place],
                bySums: bySums)
              return exact - bounds[place] <= room
            }
            #expect(screened.keys.allSatisfy { isWithin($0, bySums: false) }, "width \(width)")
            let most = all.keys.count { isWithin($0, bySums: true) }
            let areUsed = rows.areOfUse(query, base: base, threshold: bounds[place])
            #expect(bounded <= (areUsed ? most : vectors.count), "width \(width), size \(size)")
          }
          for kernels in CodeKernelsTests.tables {
            #expect(found(kernels, bounds[place], true).bounds == screened)
          }
        }
      }
    }
  }

  @Test(
    "of a part of the components leave out what is too far away by these, and nothing else",
    arguments: [false, true])
  func parts(isProduct: Bool) {
    let samples = Samples("parts \(isProduct)")
    for (width, firstWidth) in [(768, 512), (1536, 512), (704, 576), (320, 192)] {
      let centres = samples.vectors(20, dimension: width)
      let vectors = (0..<4_000).map { row in
        zip(centres[row % 20], samples.vector(width)).map { $0 + $1 }
      }
      let shifts = vectors.map { $0[0] }
      let rows = ScreenedRows(
        vectors, shifts: shifts, width: width, firstWidth: firstWidth, isProduct: isProduct)
      for deviations in [Float(1.3), 2.5] {
        for query in 0..<5 {
          var query = zip(centres[query], samples.vector(width)).map { $0 + 0.5 * $1 }
          // Of some the first components are hardly any of the length, or nearly all.
          let weight: Float = [1, 1, 0.1, 10, 1][samples.int(below: 5)]
          for i in 0..<firstWidth { query[i] *= weight }
          let square = query.reduce(0) { $0 + $1 * $1 }
          let base = isProduct ? 1 : square
          let all = rows.found(
            CodeKernelsTests.tables[0], query: query, base: base, deviations: deviations,
            threshold: .infinity, isScreened: false
          ).bounds.mapValues { Float(bitPattern: $0) }
          let threshold = all.values.sorted()[25]
          let (bounds, bounded) = rows.found(
            CodeKernelsTests.tables[0], query: query, base: base, deviations: deviations,
            threshold: threshold, isScreened: true)
          let parts = rows.parts(
            query: query, base: base, deviations: deviations, threshold: threshold)
          let lost = parts.indices.filter {
            parts[$0].isOpen && all[UInt32($0)] ?? .infinity <= threshold
              && bounds[UInt32($0)] == nil
          }
          #expect(lost.isEmpty, "\(lost.count), \(width)")
          #expect(bounded <= parts.count { $0.mayBeOpen }, "\(width)")
          #expect(parts.count { $0.isOpen } < vectors.count || weight < 1)
        }
      }
    }
  }

  @Test(
    "at a glance leave out blocks of which all rows are too far away by some components, and no others",
    arguments: [false, true])
  func glances(isProduct: Bool) {
    let samples = Samples("glances \(isProduct)")
    for (width, firstWidth) in [(192, 192), (384, 384), (640, 640), (768, 512), (1536, 512)] {
      let glanced = apus_glance_width(firstWidth)
      #expect(glanced % 48 == 0 && glanced >= firstWidth / 2)
      // Two blocks around each centre, and a few rows in another.
      let centres = samples.vectors(40, dimension: width)
      let vectors = (0..<40 * 128 + 5).map { row -> [Float] in
        zip(centres[row / 128 % 40], samples.vector(width)).map { $0 + 0.5 * $1 }
      }
      let rows = ScreenedRows(
        vectors, shifts: vectors.map { $0[0] }, width: width, firstWidth: firstWidth,
        isProduct: isProduct)
      let blockCount = (vectors.count + 63) / 64
      for deviations in [Float(1.3), 2.5] {
        for query in 0..<5 {
          var query = zip(centres[query], samples.vector(width)).map { $0 + 0.5 * $1 }
          // Of some the first components are hardly any of the length, or nearly all.
          let weight: Float = [1, 1, 0.1, 10, 1][samples.int(below: 5)]
          for i in 0..<glanced { query[i] *= weight }
          let square = query.reduce(0) { $0 + $1 * $1 }
          let base = isProduct ? 1 : square
          func found(
            _ kernels: apus_code_kernels, _ threshold: Float, hasGlance: Bool
          ) -> (rows: [UInt32], bounds: [UInt32], bounded: Int, opened: Int) {
            rows.found(
              kernels, query: query, base: base, deviations: deviations, threshold: threshold,
              isScreened: true, hasGlance: hasGlance, in: 0..<blockCount)
          }
          let all = found(CodeKernelsTests.tables[0], .infinity, hasGlance: true)
          #expect(all.rows.count == vectors.count && all.opened == blockCount)
          let threshold = all.bounds.map { Float(bitPattern: $0) }.sorted()[25]
          let plain = found(CodeKernelsTests.tables[0], threshold, hasGlance: false)
          #expect(plain.opened == blockCount)
          let parts = rows.parts(
            query: query, base: base, deviations: deviations, threshold: threshold, of: glanced)
          var (open, mayBeOpen): (Set<Int>, Set<Int>) = ([], [])
          for (row, part) in parts.enumerated() {
            if part.isOpen { open.insert(row / 64) }
            if part.mayBeOpen { mayBeOpen.insert(row / 64) }
          }
          #expect(open.count < blockCount / 2 || weight < 1, "\(width)")
          for kernels in CodeKernelsTests.tables {
            let some = found(kernels, threshold, hasGlance: true)
            // Nothing is known of rows that the last block does not have.
            let most = mayBeOpen.union([blockCount - 1]).count
            #expect(some.opened >= open.count && some.opened <= most, "\(width)")
            // What is found of an open block is what is found anyway.
            let got = Dictionary(uniqueKeysWithValues: zip(some.rows, some.bounds))
            for (row, bound) in zip(plain.rows, plain.bounds) where open.contains(Int(row) / 64) {
              #expect(got[row] == bound, "\(width)")
            }
            #expect(Set(some.rows).isSubset(of: plain.rows))
          }
        }
      }
    }
  }

  @Test(
    "have steps as small as can be, and tell something of nearly all rows",
    arguments: [
      Kind.alike, .ofOneLength,
    ], [false, true])
  func areNarrow(kind: Kind, isProduct: Bool) throws {
    let samples = Samples("narrow \(kind) \(isProduct)")
    for width in [64, 384, 4096] {
      let (vectors, shifts) = vectors(kind, samples, width: width)
      let rows = ScreenedRows(vectors, shifts: shifts, width: width, isProduct: isProduct)
      func most(_ steps: Int, _ numbers: [Float]) throws -> Float {
        let (least, most) = (try #require(numbers.min()), try #require(numbers.max()))
        return 1.01 * ((most - least) / Float(steps) + 2e-6 * (abs(least) + abs(most)))
      }
      #expect(try rows.screen.a_step <= most(252, rows.terms.map(\.a)))
      #expect(try rows.screen.b_step <= most(252, rows.terms.map(\.b)))
      #expect(try rows.screen.e_step <= most(253, rows.terms.map(\.e)))
      #expect(rows.unknownCount <= vectors.count / 50)
    }
  }

  @Test(
    "that say of all rows that they are too far away leave nothing", arguments: [false, true])
  func areUsed(isProduct: Bool) {
    let samples = Samples()
    for width in [64, 384, 4096] {
      var screened = ScreenedRows(
        samples.vectors(192, dimension: width), shifts: [Float](repeating: 0, count: 192),
        width: width, isProduct: isProduct)
      let query = samples.vector(width)
      let square = query.reduce(0) { $0 + $1 * $1 }
      func found() -> [(bounds: Int, bounded: Int)] {
        CodeKernelsTests.tables.map {
          let found = screened.found(
            $0, query: query, base: square, deviations: 2, threshold: square * 4, isScreened: true)
          return (found.bounds.count, found.bounded)
        }
      }
      #expect(found().allSatisfy { $0.bounds > 100 })
      screened.screen.a_middle = 1e6
      // Sums of many components may be more than 16 bits with a sign can ask for.
      #expect(found().allSatisfy { $0.bounds == 0 && ($0.bounded == 0 || width > 384) })
    }
  }
}
