import CKernels

/// Coarse codes of some rows as an encoder has them, with all components in columns.
struct CodedBlocks: Sendable {
  private let codes: [UInt8]
  private let factors: [UInt8]
  private let width: Int
  private let kernels: CodeKernels
  let blockCount: Int

  /// Of all rows.
  init(of encoder: CodeEncoder) {
    self.init(encoder, encoder.codes, encoder.factors)
  }

  /// Of some blocks of them.
  init(_ blocks: [Int], of encoder: CodeEncoder) {
    let copies = encoder.copies(of: blocks)
    self.init(encoder, copies.codes, copies.factors)
  }

  private init(_ encoder: CodeEncoder, _ codes: [UInt8], _ factors: [UInt8]) {
    (self.codes, self.factors, kernels) = (codes, factors, encoder.kernels)
    width = encoder.basis.rotation.width
    blockCount = factors.count / apus_factor_bytes()
  }

  private func estimate(
    _ query: CodeQuery, _ blocks: Range<Int>, into estimates: UnsafeMutablePointer<Float>?
  ) {
    let shape = CoarseShape(width: width)
    codes.withUnsafeBufferPointer { codes in
      factors.withUnsafeBufferPointer { factors in
        query.table.withUnsafeBufferPointer { table in
          var scan = apus_coarse_scan(
            blocks: codes.baseAddress.map { $0 + blocks.lowerBound * shape.blockBytes },
            factors: factors.baseAddress.map { $0 + blocks.lowerBound * apus_factor_bytes() },
            block_stride: shape.blockBytes, factor_stride: apus_factor_bytes(),
            first_width: width, rests: nil, has_screens: false, screen: apus_coarse_screen(),
            block_count: blocks.count, numbers: nil, is_followed: false,
            row_count: blocks.count * CoarseBlocks.rows, width: width, members: nil,
            table: table.baseAddress, is_product: query.isProduct, base: query.base,
            slope: query.slope, offset: query.offset, spread: 0, table_variance: 0, first_share: 1,
            first_offset: query.offset, has_glance: false, glance_share: 1, glance_offset: 0,
            threshold: .infinity, rows: nil, bounds: nil, later: nil,
            bounded: nil, opened: nil)
          kernels.table.estimate(&scan, estimates)
        }
      }
    }
  }

  /// Offers for all rows of some blocks the estimates of their squared distances from several points, which have the numbers from
  /// `first` on.
  func offer(
    _ points: [CodeQuery], from first: Int, blocks: Range<Int>, to nearest: inout TwoNearest
  ) {
    precondition(blocks.upperBound <= blockCount && points.allSatisfy { !$0.isProduct })
    let rows = blocks.count * CoarseBlocks.rows
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows) { estimates in
      nearest.withPlaces(from: blocks.lowerBound * CoarseBlocks.rows, count: rows) { places in
        for (index, point) in points.enumerated() {
          estimate(point, blocks, into: estimates.baseAddress)
          kernels.table.offer(estimates.baseAddress, rows, UInt32(first + index), places)
        }
      }
    }
  }
}

/// Of each row of some blocks which two of several points are nearest to it by its code.
struct TwoNearest: Sendable {
  private var least: [Float]
  private var second: [Float]
  private(set) var first: [UInt32]
  private(set) var other: [UInt32]

  /// Where nothing is known of a row, it is the first point.
  init(blockCount: Int) {
    let rows = blockCount * CoarseBlocks.rows
    least = [Float](repeating: .infinity, count: rows)
    second = least
    first = [UInt32](repeating: 0, count: rows)
    other = first
  }

  fileprivate mutating func withPlaces(
    from row: Int, count: Int, _ body: (UnsafePointer<apus_two_least>) -> Void
  ) {
    precondition(row >= 0 && row + count <= least.count)
    least.withUnsafeMutableBufferPointer { least in
      second.withUnsafeMutableBufferPointer { second in
        first.withUnsafeMutableBufferPointer { first in
          other.withUnsafeMutableBufferPointer { other in
            guard let least = least.baseAddress, let second = second.baseAddress,
              let first = first.baseAddress, let other = other.baseAddress
            else { return }
            var places = apus_two_least(
              least: least + row, second: second + row, of_least: first + row,
              of_second: other + row)
            body(&places)
          }
        }
      }
    }
  }
}
