import CKernels
import Testing

/// Rows with coarse codes and screens, as the kernels have them.
private struct ScreenedRows {
  let width: Int
  let count: Int
  let isProduct: Bool
  var blocks: [UInt8]
  var factors: [UInt8]
  var screen = apus_coarse_screen()

  private var stride: Int { apus_coarse_bytes(width) + apus_screen_bytes() }

  /// `residuals` with their products with a centre.
  init(_ residuals: [[Float]], shifts: [Float], width: Int, isProduct: Bool) {
    self.width = width
    self.isProduct = isProduct
    count = residuals.count
    let blockCount = (count + 63) / 64
    let stride = apus_coarse_bytes(width) + apus_screen_bytes()
    blocks = [UInt8](repeating: 0, count: blockCount * stride)
    factors = [UInt8](repeating: 0, count: blockCount * apus_factor_bytes())
    var fine = [UInt8](repeating: 0, count: apus_fine_row_bytes(width))
    let table = CodeKernelsTests.tables[0]
    for row in 0..<count {
      blocks.withUnsafeMutableBufferPointer { blocks in
        factors.withUnsafeMutableBufferPointer { factors in
          guard let codes = blocks.baseAddress, let numbers = factors.baseAddress else { return }
          table.encode(
            residuals[row], width, shifts[row], codes + row / 64 * stride,
            numbers + row / 64 * apus_factor_bytes(), row % 64, &fine)
        }
      }
    }
    apus_make_screens(&blocks, stride, factors, count, width, isProduct, &screen)
  }

  /// Rows and bounds that one variant finds.
  func found(
    _ kernels: apus_code_kernels, query: [Float], base: Float, deviations: Float, threshold: Float,
    isScreened: Bool
  ) -> [UInt32: UInt32] {
    var (doubleUnit, least): (Float, Float) = (0, 0)
    var table = [UInt8](repeating: 0, count: (width + 23) / 24 * kernels.table_bytes)
    kernels.make_table(query, width, &table, &doubleUnit, &least)
    let square = query.reduce(0) { $0 + $1 * $1 }
    let factor: Float = isProduct ? 1 : 2
    let unit = doubleUnit / 2
    let capacity = blocks.count / stride * 64
    var rows = [UInt32](repeating: 0, count: capacity)
    var bounds = [Float](repeating: 0, count: capacity)
    let found = blocks.withUnsafeBufferPointer { blocks in
      factors.withUnsafeBufferPointer { factors in
        rows.withUnsafeMutableBufferPointer { rows in
          bounds.withUnsafeMutableBufferPointer { bounds in
            table.withUnsafeBufferPointer { table in
              var scan = apus_coarse_scan(
                blocks: blocks.baseAddress, factors: factors.baseAddress, block_stride: stride,
                factor_stride: apus_factor_bytes(), has_screens: isScreened, screen: screen,
                block_count: capacity / 64, row_count: count, width: width, members: nil,
                table: table.baseAddress, is_product: isProduct, base: base,
                slope: factor * doubleUnit, offset: factor * least,
                spread: factor * deviations * square.squareRoot(),
                table_variance: square > 0 ? unit * unit * Float(width) / 12 / square : 0,
                threshold: threshold, rows: rows.baseAddress, bounds: bounds.baseAddress)
              return kernels.coarse(&scan)
            }
          }
        }
      }
    }
    return Dictionary(
      uniqueKeysWithValues: zip(rows[..<found], bounds[..<found].map(\.bitPattern)))
  }
}

extension ScreenedRows {
  /// How much too far away a row may be that its screen lets pass: a step of each of its bytes, and what the straight
  /// line that stands for its error is above it.
  func room(_ row: UInt32, query: [Float], base: Float, deviations: Float, threshold: Float)
    -> Float
  {
    let step = factor(1, of: Int(row))
    let square = query.reduce(0) { $0 + $1 * $1 }
    let spread = (isProduct ? 1 : 2) * deviations * square.squareRoot()
    // Errors are roots of e * e + v: their slope is at most 1, and a chord is no more above them than the tangents at its
    // ends are below each other in its middle.
    let variance = tableVariance(query)
    func slope(_ e: Float) -> Float { e / max((e * e + variance).squareRoot(), 1e-30) }
    let range = 255 * screen.e_step
    let above = range / 2 * (slope(screen.e_least + range) - slope(screen.e_least))
    let steps = screen.a_step + spread * (screen.e_step + above)
    // Of a query's product with signs, which is added up from its parts' sizes.
    let product = (isProduct ? 1 : 2) * (square * Float(width)).squareRoot()
    let size = abs(threshold) + abs(base) + step * (abs(screen.a_middle) + spread + product)
    return 1.05 * step * (steps + abs(threshold - base) * screen.b_step) + 1e-5 * size
  }

  private func factor(_ number: Int, of row: Int) -> Float {
    let start = row / 64 * apus_factor_bytes() + (number * 64 + row % 64) * 4
    return factors.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Float.self) }
  }

  private func tableVariance(_ query: [Float]) -> Float {
    let kernels = CodeKernelsTests.tables[0]
    var (doubleUnit, least): (Float, Float) = (0, 0)
    var table = [UInt8](repeating: 0, count: (width + 23) / 24 * kernels.table_bytes)
    kernels.make_table(query, width, &table, &doubleUnit, &least)
    let square = query.reduce(0) { $0 + $1 * $1 }
    return square > 0 ? doubleUnit * doubleUnit / 4 * Float(width) / 12 / square : 0
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
    "leave nothing out, and give bounds that are hardly less", arguments: Kind.allCases,
    [false, true])
  func leaveNothingOut(kind: Kind, isProduct: Bool) {
    let samples = Samples("screens \(kind) \(isProduct)")
    for width in [64, 128, 384, 1088, 4096, 4160] {
      let (vectors, shifts) = vectors(kind, samples, width: width)
      let rows = ScreenedRows(vectors, shifts: shifts, width: width, isProduct: isProduct)
      for _ in 0..<4 {
        let size = Float(sign: .plus, exponent: samples.int(below: 12) - 6, significand: 1)
        var query = (samples.int(below: 2) == 0 ? samples.vector(width) : vectors[0])
          .map { $0.isFinite ? $0 * size : 1 }
        if samples.int(below: 8) == 0 { query = [Float](repeating: 0, count: width) }
        let square = query.reduce(0) { $0 + $1 * $1 }
        guard square < 1e30 else { continue }
        let base = isProduct ? 1 + samples.vector(1)[0] : square
        let deviations = Float(samples.int(below: 5))
        func found(_ kernels: apus_code_kernels, _ threshold: Float, _ isScreened: Bool) -> [UInt32:
          UInt32]
        {
          rows.found(
            kernels, query: query, base: base, deviations: deviations, threshold: threshold,
            isScreened: isScreened)
        }
        let all = found(CodeKernelsTests.tables[0], .infinity, false)
        #expect(all.count == vectors.count)
        // Thresholds that are rows' own bounds: what is at the limit counts.
        let bounds = all.values.map { Float(bitPattern: $0) }.filter(\.isFinite).sorted()
        for place in [0, min(9, bounds.count - 1), bounds.count / 2, bounds.count - 1]
        where bounds.indices.contains(place) {
          let expected = found(CodeKernelsTests.tables[0], bounds[place], false)
          let screened = found(CodeKernelsTests.tables[0], bounds[place], true)
          for (row, bound) in expected {
            guard let less = screened[row].map({ Float(bitPattern: $0) }) else {
              Issue.record("row \(row) of \(vectors.count) is left out, width \(width)")
              continue
            }
            let bound = Float(bitPattern: bound)
            let size = max(abs(bound), abs(base), abs(bounds[place]))
            #expect(bound.isNaN || less <= bound || less - bound < 1e-5 * size, "width \(width)")
          }
          if kind == .alike || kind == .ofOneLength {
            for row in screened.keys {
              let exact = all[row].map { Float(bitPattern: $0) } ?? .infinity
              let room = rows.room(
                row, query: query, base: base, deviations: deviations, threshold: bounds[place])
              #expect(exact - bounds[place] <= room, "width \(width)")
            }
          }
          for kernels in CodeKernelsTests.tables {
            #expect(found(kernels, bounds[place], true) == screened)
          }
        }
      }
    }
  }

  @Test("that say of all rows that they are too far away leave nothing")
  func areUsed() {
    let samples = Samples()
    for width in [64, 384, 4096] {
      var screened = ScreenedRows(
        samples.vectors(192, dimension: width), shifts: [Float](repeating: 0, count: 192),
        width: width, isProduct: false)
      let query = samples.vector(width)
      let square = query.reduce(0) { $0 + $1 * $1 }
      func counts() -> [Int] {
        CodeKernelsTests.tables.map {
          screened.found(
            $0, query: query, base: square, deviations: 2, threshold: square * 4, isScreened: true
          ).count
        }
      }
      #expect(counts().allSatisfy { $0 > 100 })
      screened.screen.a_middle = 1e6
      #expect(counts().allSatisfy { $0 == 0 })
    }
  }
}
