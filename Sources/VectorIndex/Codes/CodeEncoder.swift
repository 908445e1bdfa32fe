import CKernels
import Model

/// Makes codes of vectors, one after the other.
package struct CodeEncoder: Sendable {
  package let basis: CodeBasis
  package private(set) var count = 0
  private var coarse: [UInt8] = []
  private var fine: [UInt8] = []
  private var residual: [Float]
  private let kernels: CodeKernels
  private let blockBytes: Int
  private let fineRowBytes: Int

  package init(basis: CodeBasis, kernels: CodeKernels = .best) {
    self.basis = basis
    self.kernels = kernels
    let width = basis.rotation.width
    residual = [Float](repeating: 0, count: width)
    blockBytes = apus_coarse_block_bytes(width)
    fineRowBytes = apus_fine_row_bytes(width)
  }

  /// Makes room for so many rows.
  package mutating func reserve(_ rows: Int) {
    coarse.reserveCapacity((rows + CodeColumn.blockRows - 1) / CodeColumn.blockRows * blockBytes)
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
    let (width, blockStart, fineStart) = (residual.count, coarse.count - blockBytes, fine.count)
    fine.append(contentsOf: repeatElement(0, count: fineRowBytes))
    coarse.withUnsafeMutableBufferPointer { coarse in
      fine.withUnsafeMutableBufferPointer { fine in
        guard let coarse = coarse.baseAddress, let fine = fine.baseAddress else { return }
        kernels.table.encode(
          residual, width, shift ?? 0, coarse + blockStart, slot, fine + fineStart)
      }
    }
  }

  /// Appends a row of codes that have the same basis.
  package mutating func append(_ row: Int, of codes: CodeColumn, _ fineCodes: FineCodes) {
    precondition(CodeBasis.isSame(codes.basis, basis) && fineCodes.rows.contains(row))
    let slot = makeRoom()
    let blockStart = coarse.count - blockBytes
    codes.withBlocks { blocks in
      coarse.withUnsafeMutableBufferPointer { coarse in
        guard let from = blocks.baseAddress, let to = coarse.baseAddress else { return }
        apus_copy_coarse(
          from + row / CodeColumn.blockRows * blockBytes, row % CodeColumn.blockRows,
          to + blockStart, slot, basis.rotation.width)
      }
    }
    fineCodes.withRow(row) { fine.append(contentsOf: $0) }
  }

  /// Copies the coarse code of a row to a row of a block.
  func copyCoarse(_ row: Int, to block: UnsafeMutableRawBufferPointer, slot: Int) {
    coarse.withUnsafeBufferPointer { coarse in
      guard let from = coarse.baseAddress, let to = block.baseAddress else { return }
      apus_copy_coarse(
        from + row / CodeColumn.blockRows * blockBytes, row % CodeColumn.blockRows,
        to.assumingMemoryBound(to: UInt8.self), slot, basis.rotation.width)
    }
  }

  /// The place of the next row in the last block, which is made where it is needed.
  private mutating func makeRoom() -> Int {
    let slot = count % CodeColumn.blockRows
    if slot == 0 { coarse.append(contentsOf: repeatElement(0, count: blockBytes)) }
    count += 1
    return slot
  }

  /// Both sections of a segment; the encoder is spent.
  package mutating func finish() -> (coarse: [UInt8], fine: [UInt8]) {
    var writer = BinaryWriter()
    CodeColumn.writeHeader(basis, into: &writer)
    writer.write(raw: coarse)
    defer { (coarse, fine) = ([], []) }
    return (writer.bytes, fine)
  }
}
