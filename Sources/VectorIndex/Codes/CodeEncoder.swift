import CKernels
package import Model

/// Makes codes of vectors, one after the other.
package struct CodeEncoder: Sendable {
  package let basis: CodeBasis
  package private(set) var count = 0
  /// Per block its codes, and room for its screens.
  private(set) var codes: [UInt8] = []
  private(set) var factors: [UInt8] = []
  private(set) var fine: [UInt8] = []
  private var residual: [Float]
  let distance: Distance
  /// Nil until all screens were made.
  private(set) var screen: CoarseScreen?
  let kernels: CodeKernels
  /// Of those with all components in columns, as they are here.
  private let blockBytes: Int
  /// How the section will have them.
  var shape: CoarseShape
  /// Whether that was chosen for all rows so far.
  var isShapeChosen = false
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
    blockBytes = shape.blockBytes
    fineRowBytes = apus_fine_row_bytes(width)
  }

  /// Makes room for so many rows.
  package mutating func reserve(_ rows: Int) {
    let blocks = CoarseBlocks.count(rows: rows)
    codes.reserveCapacity(blocks * blockBytes)
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
      Self.withLastBlock(&codes, blockBytes, &factors) { codes, factors in
        kernels.table.encode(residual, width, shift ?? 0, codes, factors, slot, fine + fineStart)
      }
    }
  }

  /// Appends a row of codes that have the same basis. Where these have an order, `position` says where in it the row is.
  package mutating func append(
    _ row: Int, of column: CodeColumn, _ fineCodes: FineCodes, position: Int? = nil
  ) {
    precondition(CodeBasis.isSame(column.basis, basis) && fineCodes.rows.contains(row))
    precondition((position != nil) == (column.order != nil))
    let slot = makeRoom()
    let (block, fromSlot) = (position ?? row).quotientAndRemainder(dividingBy: CoarseBlocks.rows)
    let shape = column.shape
    column.blocks.withPlaces { places in
      guard let fromCodes = places.codes(of: block), let fromFactors = places.factors(of: block)
      else { return }
      var from = shape.row(fromSlot, of: fromCodes, places.rests(of: block, width: shape.width))
      Self.withLastBlock(&codes, blockBytes, &factors) { codes, factors in
        apus_copy_coarse(&from, codes, slot, shape.width)
        apus_copy_factors(fromFactors, fromSlot, factors, slot)
      }
    }
    fineCodes.withRow(row) { fine.append(contentsOf: $0) }
  }

  /// What a row's factors say of it: the squared length of its residual, -infinity where nothing is known, and its product with
  /// the centre.
  func factors(ofRow row: Int) -> (square: Float, shift: Float) {
    let (block, slot) = row.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
    let start = block * apus_factor_bytes() + slot * MemoryLayout<Float>.size
    let shiftStart = start + 2 * CoarseBlocks.rows * MemoryLayout<Float>.size
    return factors.withUnsafeBytes {
      (
        $0.loadUnaligned(fromByteOffset: start, as: Float.self),
        $0.loadUnaligned(fromByteOffset: shiftStart, as: Float.self)
      )
    }
  }

  /// Copies the coarse code of a row, with its screen, to a row of a block.
  func copyCoarse(
    _ row: Int, to block: UnsafeMutableRawBufferPointer,
    factors blockFactors: UnsafeMutableRawBufferPointer, slot: Int
  ) {
    let width = basis.rotation.width
    let (from, fromSlot) = row.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
    codes.withUnsafeBufferPointer { codes in
      factors.withUnsafeBufferPointer { factors in
        guard let codes = codes.baseAddress.map({ $0 + from * blockBytes }),
          let factors = factors.baseAddress.map({ $0 + from * apus_factor_bytes() }),
          let to = block.bindMemory(to: UInt8.self).baseAddress,
          let toFactors = blockFactors.bindMemory(to: UInt8.self).baseAddress
        else { return }
        var row = CoarseShape(width: width).row(fromSlot, of: codes, nil)
        apus_copy_coarse(&row, to, slot, width)
        apus_copy_screen(
          codes + apus_coarse_bytes(width), fromSlot, to + apus_coarse_bytes(width), slot)
        apus_copy_factors(factors, fromSlot, toFactors, slot)
      }
    }
  }

  /// Blocks of the rows in another order, and their factors.
  private func inOrder(_ order: [UInt32]) -> (codes: [UInt8], factors: [UInt8]) {
    precondition(order.count == count)
    let factorBytes = apus_factor_bytes()
    // What is not there of the last block stays there.
    var (ordered, orderedFactors) = (codes, factors)
    ordered.withUnsafeMutableBytes { ordered in
      orderedFactors.withUnsafeMutableBytes { orderedFactors in
        for (position, row) in order.enumerated() {
          let (block, slot) = position.quotientAndRemainder(dividingBy: CoarseBlocks.rows)
          let (start, factorsStart) = (block * blockBytes, block * factorBytes)
          copyCoarse(
            Int(row),
            to: UnsafeMutableRawBufferPointer(rebasing: ordered[start..<start + blockBytes]),
            factors: UnsafeMutableRawBufferPointer(
              rebasing: orderedFactors[factorsStart..<factorsStart + factorBytes]),
            slot: slot)
        }
      }
    }
    return (ordered, orderedFactors)
  }

  /// The place of the next row in the last block, which is made where it is needed.
  private mutating func makeRoom() -> Int {
    (screen, isShapeChosen) = (nil, false)
    let slot = count % CoarseBlocks.rows
    if slot == 0 {
      codes.append(contentsOf: repeatElement(0, count: blockBytes))
      factors.append(contentsOf: repeatElement(0, count: apus_factor_bytes()))
    }
    count += 1
    return slot
  }

  private static func withLastBlock(
    _ codes: inout [UInt8], _ blockBytes: Int, _ factors: inout [UInt8],
    _ body: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) {
    let (block, factorsStart) = (codes.count - blockBytes, factors.count - apus_factor_bytes())
    codes.withUnsafeMutableBufferPointer { codes in
      factors.withUnsafeMutableBufferPointer { factors in
        guard let codes = codes.baseAddress, let factors = factors.baseAddress else { return }
        body(codes + block, factors + factorsStart)
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
        let width = basis.rotation.width
        apus_make_screens(codes, blockBytes, factors, count, width, isProduct, &terms)
      }
    }
    screen = CoarseScreen(isProduct: isProduct, terms: terms)
  }

  /// Both sections of a segment, and the layout of the first; the encoder is spent. With an order, that tells of each position the row,
  /// the coarse codes have it.
  package mutating func finish(
    order: [UInt32]? = nil
  ) -> (coarse: [UInt8], fine: [UInt8], layout: CodeColumn.Layout) {
    makeScreens()
    if let order { (codes, factors) = inOrder(order) }
    let layout = shape.layout
    var writer = BinaryWriter(
      reservingCapacity: CodeColumn.sectionBytes(
        rows: count, dimension: basis.dimension, layout: layout))
    CodeColumn.writeHeader(basis, shape, screen, into: &writer)
    if shape.hasRests {
      writer.write(
        raw: codes.withUnsafeBufferPointer {
          shape.blocks(of: $0, count: CoarseBlocks.count(rows: count))
        })
    } else {
      writer.write(raw: codes)
    }
    writer.write(raw: factors)
    defer { (codes, factors, fine) = ([], [], []) }
    return (writer.bytes, fine, layout)
  }
}
