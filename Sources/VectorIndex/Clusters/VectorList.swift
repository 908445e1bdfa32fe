import CKernels

/// Vectors of one dimension, end to end, with their squared lengths.
struct VectorList: Sendable {
  let dimension: Int
  private(set) var components: [Float] = []
  private(set) var squares: [Float] = []

  init(dimension: Int, reserving count: Int = 0) {
    self.dimension = dimension
    components.reserveCapacity(count * dimension)
    squares.reserveCapacity(count)
  }

  var count: Int { squares.count }

  mutating func append(_ vector: UnsafeBufferPointer<Float>) {
    components.append(contentsOf: vector)
    squares.append(VectorMath.square(vector))
  }

  mutating func append(_ vector: [Float]) { vector.withUnsafeBufferPointer { append($0) } }

  mutating func append(contentsOf other: VectorList) {
    components += other.components
    squares += other.squares
  }

  func withVector<R>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    components.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[index * dimension..<(index + 1) * dimension]))
    }
  }

  subscript(index: Int) -> [Float] { withVector(index) { Array($0) } }

  func vectors(_ indices: some Sequence<Int>) -> VectorList {
    var list = VectorList(dimension: dimension)
    for index in indices { withVector(index) { list.append($0) } }
    return list
  }

  /// The dot product of a vector with one of these.
  func dot(_ vector: UnsafeBufferPointer<Float>, _ index: Int) -> Float {
    withVector(index) { own in
      guard let a = vector.baseAddress, let b = own.baseAddress else { return 0 }
      return Kernels.best.dot(a, b, count: dimension)
    }
  }

  /// The squared distance of a vector from one of these, less the vector's own square.
  func distance(of vector: UnsafeBufferPointer<Float>, from index: Int) -> Float {
    squares[index] - 2 * dot(vector, index)
  }

  /// The dot products of one vector, or of several end to end, with those of a range: `results[i * range.count + j]`
  /// for vector i.
  func dots(
    _ vectors: UnsafeBufferPointer<Float>, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Float>
  ) {
    components.withUnsafeBufferPointer { all in
      guard let rows = all.baseAddress, let queries = vectors.baseAddress else { return }
      Kernels.best.run(
        .dot,
        on: apus_f32_block(
          queries: queries, query_count: vectors.count / dimension,
          rows: rows + range.lowerBound * dimension, row_numbers: nil, row_count: range.count,
          dimension: dimension, results: results.baseAddress, result_stride: range.count))
    }
  }

  /// The dot products of a vector with some of these.
  func dots(
    _ vector: UnsafeBufferPointer<Float>, some indices: [UInt32],
    into results: UnsafeMutableBufferPointer<Float>
  ) {
    components.withUnsafeBufferPointer { all in
      indices.withUnsafeBufferPointer { indices in
        Kernels.best.run(
          .dot,
          on: apus_f32_block(
            queries: vector.baseAddress, query_count: 1, rows: all.baseAddress,
            row_numbers: indices.baseAddress, row_count: indices.count, dimension: dimension,
            results: results.baseAddress, result_stride: indices.count))
      }
    }
  }
}
