import CKernels
import Model
import Testing
import VectorIndex

@Suite("Kernels of codes")
struct CodeKernelsTests {
  static let tables: [apus_code_kernels] = (0...).lazy.map(apus_code_kernels_at).prefix {
    $0 != nil
  }
  .compactMap { $0?.pointee }

  private func floats(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let start = buffer.baseAddress else { return }
      body(start)
      initialized = count
    }
  }

  /// Everything that one variant makes of the same input.
  private struct Outcome: Equatable {
    var rotated: [UInt32] = []
    var blocks: [UInt8] = []
    var rests: [UInt8] = []
    var factors: [UInt8] = []
    var fine: [UInt8] = []
    var terms: [UInt32] = []
    var rows: [UInt32] = []
    var bounds: [UInt32] = []
    var lower: [UInt32] = []
    var upper: [UInt32] = []
  }

  private func outcome(
    _ kernels: apus_code_kernels, width: Int, firstWidth: Int, vectors: [[Float]], query: [Float],
    signs: [Float], members: [UInt64], threshold: Float, spread: Float = 1, isProduct: Bool,
    isScreened: Bool, hasGlance: Bool = false
  ) -> Outcome {
    var outcome = Outcome()
    let count = vectors.count
    let (blockBytes, factorBytes) = (
      apus_coarse_bytes(firstWidth) + apus_screen_bytes(), apus_factor_bytes()
    )
    let restBytes = apus_rest_bytes(firstWidth, width)
    let fineBytes = apus_fine_row_bytes(width)
    let blockCount = (count + 63) / 64
    let columnBytes = apus_coarse_bytes(width) + apus_screen_bytes()
    var columns = [UInt8](repeating: 0, count: blockCount * columnBytes)
    outcome.blocks = [UInt8](repeating: 0, count: blockCount * blockBytes)
    outcome.rests = [UInt8](repeating: 0, count: blockCount * restBytes + 1)
    outcome.factors = [UInt8](repeating: 0, count: blockCount * factorBytes)
    outcome.fine = [UInt8](repeating: 0, count: count * fineBytes)
    for (row, vector) in vectors.enumerated() {
      var vector = vector
      kernels.rotate(&vector, signs, width)
      outcome.rotated += vector.map(\.bitPattern)
      columns.withUnsafeMutableBufferPointer { blocks in
        outcome.factors.withUnsafeMutableBufferPointer { factors in
          outcome.fine.withUnsafeMutableBufferPointer { fine in
            guard let blocks = blocks.baseAddress, let factors = factors.baseAddress,
              let fine = fine.baseAddress
            else { return }
            kernels.encode(
              vector, width, vector[0], blocks + row / 64 * columnBytes,
              factors + row / 64 * factorBytes, row % 64, fine + row * fineBytes)
          }
        }
      }
    }
    var screen = apus_coarse_screen()
    apus_make_screens(
      &columns, columnBytes, outcome.factors, count, width, isProduct, &screen)
    outcome.blocks.withUnsafeMutableBufferPointer { blocks in
      outcome.rests.withUnsafeMutableBufferPointer { rests in
        guard let blocks = blocks.baseAddress, let rests = rests.baseAddress else { return }
        for block in 0..<blockCount {
          apus_split_block(
            Array(columns[(block * columnBytes)...]), width, firstWidth,
            blocks + block * blockBytes, rests + block * restBytes)
        }
      }
    }
    var query = query
    kernels.rotate(&query, signs, width)
    let restWidth = width - firstWidth
    var table = [UInt8](
      repeating: 0, count: ((firstWidth + 23) / 24 + (restWidth + 23) / 24) * kernels.table_bytes)
    var terms = apus_table_terms()
    kernels.make_table(query, width, firstWidth, &table, &terms)
    outcome.terms = [terms.slope, terms.offset, terms.first_offset, terms.first_share].map(
      \.bitPattern)

    outcome.rows = [UInt32](repeating: 0, count: blockCount * 64)
    var bounds = [Float](repeating: 0, count: blockCount * 64)
    let found = outcome.blocks.withUnsafeBufferPointer { blocks in
      outcome.factors.withUnsafeBufferPointer { factors in
        outcome.rows.withUnsafeMutableBufferPointer { rows in
          bounds.withUnsafeMutableBufferPointer { bounds in
            table.withUnsafeBufferPointer { table in
              members.withUnsafeBufferPointer { members in
                outcome.rests.withUnsafeBufferPointer { rests in
                  let restsStart = restBytes > 0 ? rests.baseAddress : nil
                  let membersStart = members.isEmpty ? nil : members.baseAddress
                  var scan = apus_coarse_scan(
                    blocks: blocks.baseAddress, factors: factors.baseAddress,
                    block_stride: blockBytes, factor_stride: factorBytes, first_width: firstWidth,
                    rests: restsStart, has_screens: isScreened, screen: screen,
                    block_count: blockCount, numbers: nil, is_followed: false, row_count: count,
                    width: width,
                    members: membersStart, table: table.baseAddress, is_product: isProduct,
                    base: 1.5, slope: 2 * terms.slope, offset: 2 * terms.offset, spread: spread,
                    table_variance: 0.01, first_share: terms.first_share,
                    first_offset: 2 * terms.first_offset, has_glance: hasGlance,
                    glance_share: terms.glance_share, glance_offset: 2 * terms.glance_offset,
                    threshold: threshold, rows: rows.baseAddress, bounds: bounds.baseAddress,
                    later: nil, bounded: nil, opened: nil)
                  return kernels.coarse(&scan)
                }
              }
            }
          }
        }
      }
    }
    outcome.rows.removeLast(outcome.rows.count - found)
    outcome.bounds = bounds[..<found].map(\.bitPattern)

    let all = (0..<count).map { UInt32($0) }
    var upper: [Float] = []
    let lower = outcome.fine.withUnsafeBufferPointer { codes in
      all.withUnsafeBufferPointer { rows in
        query.withUnsafeBufferPointer { query in
          floats(count) { lower in
            upper = floats(count) { upper in
              var scan = apus_fine_scan(
                codes: codes.baseAddress, width: width, rows: rows.baseAddress, row_count: count,
                query: query.baseAddress, is_product: isProduct, base: 1.5, slope: 2, spread: 3,
                lower: lower, upper: upper)
              kernels.fine(&scan)
            }
          }
        }
      }
    }
    outcome.lower = lower.map(\.bitPattern)
    outcome.upper = upper.map(\.bitPattern)
    return outcome
  }

  /// Numbers of components, and how many of them are in columns.
  private static let widths = [
    (64, 64), (128, 128), (192, 64), (320, 320), (320, 192), (384, 384), (512, 256), (768, 384),
    (768, 768), (1024, 128), (1088, 576), (1536, 512), (2112, 1088), (4096, 384), (4160, 4160),
  ]

  @Test("all variants give the same bits")
  func sameBits() throws {
    let samples = Samples()
    for (width, firstWidth) in Self.widths {
      for isProduct in [false, true] {
        let count = 1 + samples.int(below: 150)
        var vectors = samples.vectors(count, dimension: width)
        vectors[count / 2] = [Float](repeating: 0, count: width)
        if count > 3 { vectors[1][0] = .infinity }
        let signs = (0..<4 * width).map { _ in Float(samples.int(below: 2) * 2 - 1) }
        let query = samples.vector(width)
        let filter = samples.rowSet(count: count, density: 0.6)
        for members in [[], filter.words] {
          for threshold in [Float.infinity, Float(width) / 3, 1.4] {
            func outcomes(
              _ firstWidth: Int, isScreened: Bool, hasGlance: Bool = false, spread: Float = 1
            ) -> [Outcome] {
              Self.tables.map { table in
                outcome(
                  table, width: width, firstWidth: firstWidth, vectors: vectors, query: query,
                  signs: signs, members: members, threshold: threshold, spread: spread,
                  isProduct: isProduct, isScreened: isScreened, hasGlance: hasGlance)
              }
            }
            func outcomes(isScreened: Bool) -> [Outcome] {
              outcomes(firstWidth, isScreened: isScreened)
            }
            let plain = outcomes(isScreened: false)
            let screened = outcomes(isScreened: true)
            for outcome in plain { #expect(outcome == plain[0]) }
            for outcome in screened { #expect(outcome == screened[0]) }
            let glanced = outcomes(firstWidth, isScreened: true, hasGlance: true)
            for outcome in glanced { #expect(outcome == glanced[0]) }
            #expect(Set(screened[0].rows).isSuperset(of: glanced[0].rows))
            if threshold == .infinity {
              let expected = (0..<count).filter { members.isEmpty || filter[$0] }
              #expect(plain[0].rows == expected.map { UInt32($0) })
              #expect(screened[0].rows == plain[0].rows)
            }
            // By chance a few rows are lost by a glance, but none by so many deviations.
            let spread = 300 * Float(width).squareRoot()
            let wide = outcomes(firstWidth, isScreened: true, hasGlance: true, spread: spread)
            let wideColumns = outcomes(width, isScreened: false, spread: spread)
            #expect(Set(wide[0].rows).isSuperset(of: wideColumns[0].rows))
            // With screens the bounds are a little less. With rests a few rows are lost, too.
            if firstWidth == width {
              #expect(Set(screened[0].rows).isSuperset(of: plain[0].rows))
              continue
            }
            #expect(
              screened[0].rows.allSatisfy { $0 < count && (members.isEmpty || filter[Int($0)]) })
            guard firstWidth.isMultiple(of: 24) else { continue }
            // What is looked up together is the same as in columns alone.
            let columns = outcomes(width, isScreened: false)
            for (some, all) in zip(plain, columns) {
              #expect(some.rows == all.rows && some.bounds == all.bounds)
            }
          }
        }
      }
    }
  }

  @Test("blocks of 32 rows, as they were once, become blocks of 64")
  func convertedBlocks() throws {
    let samples = Samples()
    let table = try #require(Self.tables.first)
    for (width, count) in [(64, 1), (64, 33), (384, 64), (192, 97), (1088, 200)] {
      let blockBytes = apus_coarse_bytes(width) + apus_factor_bytes()
      var blocks = [UInt8](repeating: 0, count: (count + 63) / 64 * blockBytes)
      var fine = [UInt8](repeating: 0, count: apus_fine_row_bytes(width))
      for row in 0..<count {
        let vector = samples.vector(width)
        blocks.withUnsafeMutableBufferPointer { blocks in
          guard let block = blocks.baseAddress.map({ $0 + row / 64 * blockBytes }) else { return }
          table.encode(
            vector, width, vector[0], block, block + apus_coarse_bytes(width), row % 64, &fine)
        }
      }
      let old = OldLayout.halves(blocks[...], rows: count, width: width)
      var converted = [UInt8](repeating: 0, count: blocks.count)
      apus_convert_coarse(old, (count + 31) / 32, width, &converted)
      #expect(converted == blocks)
    }
  }

  @Test("a rotation keeps lengths and angles, and spreads a single component over all")
  func rotation() throws {
    let samples = Samples()
    for width in stride(from: 64, through: 1536, by: 64) {
      let signs = (0..<4 * width).map { _ in Float(samples.int(below: 2) * 2 - 1) }
      let (a, b) = (samples.vector(width), samples.vector(width))
      var (x, y) = (a, b)
      var single = [Float](repeating: 0, count: width)
      single[samples.int(below: width)] = 1
      let table = try #require(Self.tables.first)
      table.rotate(&x, signs, width)
      table.rotate(&y, signs, width)
      table.rotate(&single, signs, width)
      func dot(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      #expect(abs(dot(x, x) / dot(a, a) - 1) < 1e-4)
      #expect(abs(dot(x, y) - dot(a, b)) < 1e-4 * dot(a, a))
      // 0.8 is what to expect of components of a normal distribution, and 1 / width of one alone.
      let total = single.reduce(0) { $0 + abs($1) }
      #expect(total / Float(width).squareRoot() > 0.5, "width \(width)")
    }
  }
}
