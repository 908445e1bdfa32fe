import CKernels

/// The kernels that make and read codes, for one instruction set. All give the same bits.
package struct CodeKernels: Sendable {
  /// Those that this processor can run, the fastest first, "portable" last.
  package static let available: [CodeKernels] = (0...).lazy.map(apus_code_kernels_at)
    .prefix { $0 != nil }.compactMap { $0.map { CodeKernels(table: $0.pointee) } }
  /// The fastest.
  package static let best = available[0]

  let table: apus_code_kernels

  /// Bytes of what a query is looked up in.
  func tableBytes(_ shape: CoarseShape) -> Int {
    withUnsafePointer(to: table) { apus_table_bytes($0, shape.width, shape.firstWidth) }
  }

  private init(table: apus_code_kernels) { self.table = table }

  /// "avx512vbmi", "avx512", "avx2", "neon" or "portable".
  package var name: String { String(cString: table.name) }
}
