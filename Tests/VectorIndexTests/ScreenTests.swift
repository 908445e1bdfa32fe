import CKernels
import Testing

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

  /// A query of which the first components are sometimes hardly any of the length, or nearly all; and by how much they are more.
  private func weighted(
    near centre: [Float], weighing first: Int, _ samples: Samples
  ) -> (query: [Float], weight: Float) {
    var query = zip(centre, samples.vector(centre.count)).map { $0 + 0.5 * $1 }
    let weight: Float = [1, 1, 0.1, 10, 1][samples.int(below: 5)]
    for i in 0..<first { query[i] *= weight }
    return (query, weight)
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
          let (query, weight) = weighted(near: centres[query], weighing: firstWidth, samples)
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
          let (query, weight) = weighted(near: centres[query], weighing: glanced, samples)
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
