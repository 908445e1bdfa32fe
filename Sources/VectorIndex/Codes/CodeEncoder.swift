import CKernels
package import Model

/// Makes codes of vectors, one after the other.
package struct CodeEncoder: Sendable {
  package let basis: CodeBasis
  package private(set) var count = 0
  /// Per block its codes, and room for its screens.
  private var codes: [UInt8] = []
  /// Per row what is in no column.
  private var rests: [UInt8] = []
  private var factors: [UInt8] = []
  private var fine: [UInt8] = []
  private var residual: [Float]
  private let distance: Distance
  /// Nil until all screens were made.
  private(set) var screen: CoarseScreen?
  private let kernels: CodeKernels
  private let shape: CoarseShape
  private let fineRowBytes: Int

  /// The codes will be searched by the distance, with which the basis must go.
  package init(basis: CodeBasis, distance: Distance, kernels: CodeKernels = .best) {
    precondition(basis.suits(distance))
    self.basis = basis
    self.distance = distance
    self.kernels = kernels
    let width = basis.rotation.width
    residual = [Float](repeating: 0, count: width)
    shape = CoarseShape(width: width)
    fineRowBytes = apus_fine_row_bytes(width)
  }

  /// Makes room for so many rows.
  package mutating func reserve(_ rows: Int) {
    let blocks = CoarseBlocks.count(rows: rows)
    codes.reserveCapacity(blocks * shape.blockBytes)
    rests.reserveCapacity(blocks * shape.restBytes)
    factors.reserveCapacity(blocks * apus_factor_bytes())
    fine.reserveCapacity(rows * fineRowBytes)
  }

  package mutating func append(_ vector: UnsafeBufferPointer<Float>) {
    precondition(vector.count == basis.dimension)
    let shift = residual.withUnsafeMutableBufferPointer { residual in
      let shift = basis.residual(of: vector, into: residual, kernels: kernels)
      // The kernel knows nothing of an infinite residual.
      if shift == nil { residual.update(repeating: .infinity) }
      return shift
    }
    let slot = makeRoom()
    let (width, fineStart) = (residual.count, fine.count)
    fine.append(contentsOf: repeatElement(0, count: fineRowBytes))
    fine.withUnsafeMutableBufferPointer { fine in
      guard let fine = fine.baseAddress else { return }
      Self.withLastBlock(&codes, &rests, &factors, shape) { block in
        let place = shape.place(slot, of: block.codes, block.rests)
        kernels.table.encode(
          residual, width, shape.firstWidth, shift ?? 0, place.block, place.rest, block.factors,
          slot, fine + fineStart)
      }
    }
  }

  /// Appends a row of codes that have the same basis.
  package mutating func append(_ row: Int, of column: CodeColumn, _ fineCodes: FineCodes) {
    precondition(CodeBasis.isSame(column.basis, basis) && fineCodes.rows.contains(row))
    let slot = makeRoom()
    let (block, fromSlot) = row.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
    column.blocks.withPlaces { places in
      guard let fromCodes = places.codes(of: block), let fromFactors = places.factors(of: block)
      else { return }
      let fromShape = CoarseShape(width: shape.width, firstWidth: places.firstWidth)
      var from = fromShape.row(
        fromSlot, of: fromCodes, places.rests(of: block, width: shape.width))
      Self.withLastBlock(&codes, &rests, &factors, shape) { block in
        var to = shape.place(slot, of: block.codes, block.rests)
        apus_copy_coarse(&from, &to, shape.width)
        apus_copy_factors(fromFactors, fromSlot, block.factors, slot)
      }
    }
    fineCodes.withRow(row) { fine.append(contentsOf: $0) }
  }

  /// Where a block of codes of the encoder's shape goes.
  struct Block {
    let codes: UnsafeMutablePointer<UInt8>
    let rests: UnsafeMutablePointer<UInt8>
    let factors: UnsafeMutablePointer<UInt8>
  }

  /// Copies the coarse code of a row, with its screen, to a row of a block.
  func copyCoarse(_ row: Int, to block: Block, slot: Int) {
    let (from, fromSlot) = row.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
    codes.withUnsafeBufferPointer { codes in
      rests.withUnsafeBufferPointer { rests in
        factors.withUnsafeBufferPointer { factors in
          guard let codes = codes.baseAddress.map({ $0 + from * shape.blockBytes }),
            let factors = factors.baseAddress.map({ $0 + from * apus_factor_bytes() })
          else { return }
          var row = shape.row(
            fromSlot, of: codes, rests.baseAddress.map { $0 + from * shape.restBytes })
          var place = shape.place(slot, of: block.codes, block.rests)
          apus_copy_coarse(&row, &place, shape.width)
          let screens = apus_coarse_bytes(shape.firstWidth)
          apus_copy_screen(codes + screens, fromSlot, block.codes + screens, slot)
          apus_copy_factors(factors, fromSlot, block.factors, slot)
        }
      }
    }
  }

  /// The place of the next row in the last block, which is made where it is needed.
  private mutating func makeRoom() -> Int {
    screen = nil
    let slot = count % CoarseBlocks.rows
    if slot == 0 {
      codes.append(contentsOf: repeatElement(0, count: shape.blockBytes))
      rests.append(contentsOf: repeatElement(0, count: shape.restBytes))
      factors.append(contentsOf: repeatElement(0, count: apus_factor_bytes()))
    }
    count += 1
    return slot
  }

  /// Calls `body` with the codes and factors of the last block, and the rests of its rows.
  private static func withLastBlock(
    _ codes: inout [UInt8], _ rests: inout [UInt8], _ factors: inout [UInt8], _ shape: CoarseShape,
    _ body: (Block) -> Void
  ) {
    let codesStart = codes.count - shape.blockBytes
    let restsStart = rests.count - shape.restBytes
    let factorsStart = factors.count - apus_factor_bytes()
    codes.withUnsafeMutableBufferPointer { codes in
      rests.withUnsafeMutableBufferPointer { rests in
        factors.withUnsafeMutableBufferPointer { factors in
          guard let codes = codes.baseAddress, let factors = factors.baseAddress else { return }
          // Where there are none nobody looks.
          let rests = rests.baseAddress ?? codes
          body(
            Block(
              codes: codes + codesStart, rests: rests + restsStart, factors: factors + factorsStart)
          )
        }
      }
    }
  }

  /// Makes the screens of all rows so far, if they are not made already.
  package mutating func makeScreens() {
    guard screen == nil else { return }
    let isProduct = CodeQuery.isProduct(distance)
    var terms = apus_coarse_screen()
    codes.withUnsafeMutableBufferPointer { codes in
      factors.withUnsafeBufferPointer { factors in
        guard let codes = codes.baseAddress, let factors = factors.baseAddress else { return }
        apus_make_screens(
          codes, shape.blockBytes, shape.firstWidth, factors, count, shape.width, isProduct, &terms)
      }
    }
    screen = CoarseScreen(isProduct: isProduct, terms: terms)
  }

  /// Both sections of a segment; the encoder is spent.
  package mutating func finish() -> (coarse: [UInt8], fine: [UInt8]) {
    makeScreens()
    var writer = BinaryWriter(
      reservingCapacity: CodeColumn.sectionBytes(
        rows: count, dimension: basis.dimension,
        layout: .current(dimension: basis.dimension)))
    CodeColumn.writeHeader(basis, screen, into: &writer)
    writer.write(raw: codes)
    writer.write(raw: rests)
    writer.write(raw: factors)
    defer { (codes, rests, factors, fine) = ([], [], [], []) }
    return (writer.bytes, fine)
  }
}
