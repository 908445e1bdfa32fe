import CKernels

/// The vector kernels for one instruction set.
package struct Kernels: Sendable {
  /// Those that this processor can run, the fastest first, "portable" last.
  package static let available: [Kernels] = (0...).lazy.map(apus_kernels_at)
    .prefix { $0 != nil }.compactMap { $0.map { Kernels(table: $0.pointee) } }
  /// The fastest.
  package static let best = available[0]

  private let table: apus_kernels

  private init(table: apus_kernels) { self.table = table }

  /// "avx512", "avx2", "neon" or "portable".
  package var name: String { String(cString: table.name) }

  /// What to compute for each pair of a query and a row.
  enum Operation {
    /// The sum of (a - b)^2.
    case squaredL2
    /// The sum of a * b; where the sum overflows, an infinity or NaN.
    case dot
  }

  func run(_ operation: Operation, on block: apus_f32_block) {
    withUnsafePointer(to: block) { block in
      switch operation {
      case .squaredL2: table.squared_l2(block)
      case .dot: table.dot(block)
      }
    }
  }

  /// The dot product of two vectors of `count` components.
  func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    run(.dot, a, b, count: count)
  }

  /// The result for two vectors of `count` components.
  func run(
    _ operation: Operation, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
  ) -> Float {
    var result: Float = 0
    withUnsafeMutablePointer(to: &result) { result in
      run(
        operation,
        on: apus_f32_block(
          queries: a, query_count: 1, rows: b, row_numbers: nil, row_count: 1, dimension: count,
          results: result, result_stride: 1))
    }
    return result
  }

  /// True if none of the numbers is NaN or infinite. Reads them at the speed of memory.
  package func allFinite(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
    guard let first = numbers.baseAddress else { return true }
    return table.all_finite(first, numbers.count)
  }

  /// True if none of the numbers is NaN or infinite.
  package func allFinite(_ numbers: [Float]) -> Bool {
    numbers.withUnsafeBufferPointer { allFinite($0) }
  }
}
