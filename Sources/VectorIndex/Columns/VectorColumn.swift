/// Vectors of one dimension, numbered from 0 in the order in which they were appended.
///
/// A value: a copy is a snapshot that costs a few references, and keeps its rows whatever is appended to
/// the original. Copies share memory. Appending to the newest copy writes behind the rows of the older
/// ones; appending to a copy from which another has already gone on copies the last chunk first, so that
/// both are right, and only the first is fast. Rows never change.
package struct VectorColumn: Sendable {
  /// Components per vector.
  package let dimension: Int
  /// Number of rows.
  package private(set) var count = 0

  /// All but the last have `rowsPerChunk` rows.
  private var chunks: [VectorChunk] = []
  /// log2 of the number of rows in a full chunk.
  let chunkShift: Int

  /// Chunks of so many rows are large enough for codes.
  static let codedRows = 256
  /// The codes of a chunk are made anew as rows are added to it, and a copy that goes its own way copies the last one; but
  /// each chunk more costs a search by codes about a microsecond.
  private static let chunkBytesMax = 4 << 20
  private static let rowsPerChunkMin = 8
  private static let rowsPerChunkMax = 1 << 16

  /// A column without rows; `dimension` must be positive.
  package init(dimension: Int) {
    self.init(
      dimension: dimension, rowsPerChunk: Self.rows(in: Self.chunkBytesMax, dimension))
  }

  private init(dimension: Int, rowsPerChunk: Int) {
    precondition(dimension > 0)
    self.dimension = dimension
    let rows = min(max(rowsPerChunk, Self.rowsPerChunkMin), Self.rowsPerChunkMax)
    chunkShift = Int.bitWidth - 1 - rows.leadingZeroBitCount
  }

  private static func rows(in bytes: Int, _ dimension: Int) -> Int {
    bytes / ((max(dimension, 1) + 1) * MemoryLayout<Float>.stride)
  }

  /// Rows that are somewhere in memory already: `components` as f32 end to end, with the inverse norm of each.
  /// The owner keeps both where they are and as they are for as long as it lives. Both must be aligned to 4 bytes.
  package init(
    viewing components: UnsafeRawBufferPointer, inverseNorms: UnsafeRawBufferPointer,
    dimension: Int, owner: any AnyObject & Sendable
  ) {
    self.init(
      dimension: dimension, rowsPerChunk: Self.rows(in: Self.chunkBytesMax, dimension))
    let rows = min(components.count / (dimension * 4), inverseNorms.count / 4)
    guard let vectors = components.baseAddress, let norms = inverseNorms.baseAddress else { return }
    for start in stride(from: 0, to: rows, by: rowsPerChunk) {
      chunks.append(
        VectorChunk(
          viewing: vectors + start * dimension * 4, inverseNorms: norms + start * 4,
          dimension: dimension, count: min(rowsPerChunk, rows - start), owner: owner))
    }
    count = rows
  }

  /// The chunk that has these rows.
  func chunk(_ rows: Range<Int>) -> VectorChunk { chunks[rows.lowerBound >> chunkShift] }

  /// Rows in a full chunk, a power of two. The first chunk grows to this by doubling, so that small
  /// columns stay small.
  var rowsPerChunk: Int { 1 << chunkShift }

  /// Bytes allocated, those shared with copies included.
  package var memoryBytes: Int { chunks.reduce(0) { $0 + $1.memoryBytes } }

  /// Appends one vector or several, end to end. The number of components must be a multiple of
  /// `dimension`, and all must be finite (see `Kernels.allFinite`).
  package mutating func append(_ components: UnsafeBufferPointer<Float>) {
    precondition(components.count.isMultiple(of: dimension))
    guard var source = components.baseAddress else { return }
    var left = components.count / dimension
    while left > 0 {
      let start = count & (rowsPerChunk - 1)
      let added = min(left, rowsPerChunk - start)
      let chunk = claimedChunk(rows: added, from: start)
      chunk.write(source, count: added, at: start)
      source += added * dimension
      count += added
      left -= added
    }
  }

  /// Appends one vector or several, end to end.
  package mutating func append(_ components: [Float]) {
    components.withUnsafeBufferPointer { append($0) }
  }

  /// Appends one vector or several, end to end.
  package mutating func append(_ components: ArraySlice<Float>) {
    components.withUnsafeBufferPointer { append($0) }
  }

  /// The last chunk, in which rows `start..<start + rows` now belong to this column.
  private mutating func claimedChunk(rows: Int, from start: Int) -> VectorChunk {
    let index = count >> chunkShift
    guard index < chunks.count else {
      let capacity = index == 0 ? grownCapacity(for: rows) : rowsPerChunk
      let chunk = VectorChunk(dimension: dimension, capacity: capacity)
      return claimed(chunk, rows: rows, from: start, at: index)
    }
    if chunks[index].claim(rows, from: start) { return chunks[index] }
    let capacity = index == 0 ? grownCapacity(for: start + rows) : rowsPerChunk
    let chunk = VectorChunk(copying: chunks[index], count: start, capacity: capacity)
    return claimed(chunk, rows: rows, from: start, at: index)
  }

  private mutating func claimed(
    _ chunk: VectorChunk, rows: Int, from start: Int, at index: Int
  ) -> VectorChunk {
    // The chunk is new: nobody else can have claimed anything in it.
    let isClaimed = chunk.claim(rows, from: start)
    precondition(isClaimed)
    if index < chunks.count { chunks[index] = chunk } else { chunks.append(chunk) }
    return chunk
  }

  /// The smallest capacity of a first chunk that has room for the rows.
  private func grownCapacity(for rows: Int) -> Int {
    var capacity = Self.rowsPerChunkMin
    while capacity < rows { capacity *= 2 }
    return min(capacity, rowsPerChunk)
  }

  /// The components of a row.
  package subscript(row: Int) -> [Float] {
    withRow(row) { [Float]($0) }
  }

  /// Calls `body` with the components of a row, which are valid only during the call.
  package func withRow<Result, Failure: Error>(
    _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withRows(row..<row + 1) { (rows) throws(Failure) in try body(rows.components) }
  }

  /// 1 / (|a| + 1e-32), where a is the row's vector.
  package func inverseNorm(_ row: Int) -> Float {
    withRows(row..<row + 1) { $0.inverseNorms[0] }
  }

  /// Neighbouring rows of one chunk.
  struct Rows {
    let components: UnsafeBufferPointer<Float>
    let inverseNorms: UnsafeBufferPointer<Float>
  }

  /// Calls `body` with rows that must all lie in one chunk.
  func withRows<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (Rows) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let chunk = chunks[range.lowerBound >> chunkShift]
    let start = range.lowerBound & (rowsPerChunk - 1)
    precondition(start + range.count <= rowsPerChunk)
    return try withExtendedLifetime(chunk) { () throws(Failure) in
      try body(
        Rows(
          components: UnsafeBufferPointer(
            start: chunk.components + start * dimension, count: range.count * dimension),
          inverseNorms: UnsafeBufferPointer(start: chunk.inverseNorms + start, count: range.count)))
    }
  }
}
