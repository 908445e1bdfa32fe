import CKernels
import Model

/// Memory for what the kernels find in some rows at a time.
struct Scratch: Sendable {
  /// The most rows that are looked at together: their codes stay in the second-level cache for the next query.
  static let rows = 2048
  private static let chosenMax = 16

  private var foundRows = [UInt32](repeating: 0, count: rows)
  private var foundBounds = [Float](repeating: 0, count: rows)
  /// Lower bound and row of what was found. The first `ordered` are the least of them, ascending; those before `position`
  /// were looked at.
  private var keys: [UInt64] = []
  private var ordered = 0
  private var position = 0
  /// Rows whose fine codes are looked at next, counted from the first that has some.
  private(set) var chosen: [UInt32] = []
  private(set) var lower = [Float](repeating: 0, count: chosenMax)
  private(set) var upper = [Float](repeating: 0, count: chosenMax)

  /// Finds the rows of a range that have a coarse lower bound of at most the threshold.
  mutating func coarse(
    _ range: Range<Int>, of codes: CodeColumn, _ rows: RowSet?, _ query: CodeQuery,
    threshold: Float, kernels: CodeKernels
  ) {
    let found = codes.withBlocks(from: range.lowerBound / CodeColumn.blockRows) { blocks in
      Self.withWords(of: rows, from: range.lowerBound / 64) { members in
        scan(
          blocks.baseAddress, rowCount: range.count, members, query, threshold: threshold, kernels)
      }
    }
    begin()
    for i in 0..<found { keys.append(Self.key(row: foundRows[i], bound: foundBounds[i])) }
    order()
  }

  /// The same for rows of a cluster, from one of its blocks on, without those that are no members or were found before;
  /// the rest are marked as found.
  mutating func coarse(
    _ range: Range<Int>, ofCluster cluster: Int, _ clusters: ClusterColumn, _ rows: RowSet?,
    _ query: CodeQuery, threshold: Float, kernels: CodeKernels, seen: inout RowMarks, rowCount: Int
  ) {
    let block = range.lowerBound / CodeColumn.blockRows
    clusters.withCluster(cluster, fromBlock: block) { blocks, rowNumbers in
      let found = scan(
        blocks, rowCount: range.count, nil, query, threshold: threshold, kernels)
      begin()
      for i in 0..<found {
        let number = rowNumbers.loadUnaligned(
          fromByteOffset: Int(foundRows[i]) * 4, as: UInt32.self)
        let row = UInt32(littleEndian: number)
        // A row has the same code in both of its clusters.
        guard row < rowCount, rows?[Int(row)] ?? true, seen.insert(row) else { continue }
        keys.append(Self.key(row: row, bound: foundBounds[i]))
      }
    }
    order()
  }

  private mutating func begin() {
    ordered = 0
    position = 0
    keys.removeAll(keepingCapacity: true)
  }

  /// Puts the least keys in front: with the bound that they give, few of the others will be of interest.
  private mutating func order() {
    // With few of them it does not matter which comes first.
    guard keys.count > Self.chosenMax else { return ordered = keys.count }
    ordered = min(Self.prefetchedMax, keys.count)
    keys[..<ordered].sort()
    guard ordered < keys.count else { return }
    keys.withUnsafeMutableBufferPointer { keys in
      let last = ordered - 1
      for index in ordered..<keys.count where keys[index] < keys[last] {
        let key = keys[index]
        keys[index] = keys[last]
        var hole = last
        while hole > 0, keys[hole - 1] > key {
          keys[hole] = keys[hole - 1]
          hole -= 1
        }
        keys[hole] = key
      }
    }
  }

  /// Orders the keys that are still of interest behind those that are in order already.
  private mutating func orderRest(below threshold: Float) {
    var kept = ordered
    for index in ordered..<keys.count where !(Self.bound(keys[index]) > threshold) {
      keys[kept] = keys[index]
      kept += 1
    }
    keys.removeLast(keys.count - kept)
    keys[ordered...].sort()
    ordered = kept
  }

  private mutating func scan(
    _ blocks: UnsafePointer<UInt8>?, rowCount: Int, _ members: UnsafePointer<UInt64>?,
    _ query: CodeQuery, threshold: Float, _ kernels: CodeKernels
  ) -> Int {
    let blockRows = CodeColumn.blockRows
    return foundRows.withUnsafeMutableBufferPointer { foundRows in
      foundBounds.withUnsafeMutableBufferPointer { foundBounds in
        query.table.withUnsafeBufferPointer { table in
          var scan = apus_coarse_scan(
            blocks: blocks, block_count: (rowCount + blockRows - 1) / blockRows,
            row_count: rowCount, width: query.residual.count, members: members,
            table: table.baseAddress, is_product: query.isProduct, base: query.base,
            slope: query.slope, offset: query.offset, spread: query.spread,
            table_variance: query.tableVariance, threshold: threshold,
            rows: foundRows.baseAddress, bounds: foundBounds.baseAddress)
          return kernels.table.coarse(&scan)
        }
      }
    }
  }

  private static func withWords<R>(
    of rows: RowSet?, from word: Int, _ body: (UnsafePointer<UInt64>?) -> R
  ) -> R {
    guard let rows else { return body(nil) }
    return rows.words.withUnsafeBufferPointer { body($0.baseAddress.map { $0 + word }) }
  }

  /// Has the fine codes that are looked at first brought into the cache meanwhile.
  func prefetch(_ fine: FineCodes, width: Int, from first: Int) {
    fine.withBytes { codes in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.prefetchedMax) { rows in
        let count = min(keys.count, Self.prefetchedMax)
        for i in 0..<count {
          rows[i] = UInt32(first) + UInt32(truncatingIfNeeded: keys[i])
        }
        apus_prefetch_fine(codes.baseAddress, width, rows.baseAddress, count)
      }
    }
  }

  private static let prefetchedMax = 32

  /// Chooses the next few rows, if any are left with a bound of at most the threshold.
  /// - Returns: How many there are.
  mutating func next(from first: Int, below threshold: Float) -> Int {
    chosen.removeAll(keepingCapacity: true)
    while chosen.count < Self.chosenMax {
      if position == ordered, ordered < keys.count { orderRest(below: threshold) }
      guard position < ordered else { break }
      let key = keys[position]
      position += 1
      guard !(Self.bound(key) > threshold) else { continue }
      chosen.append(UInt32(first) + UInt32(truncatingIfNeeded: key))
    }
    return chosen.count
  }

  /// Bounds of the chosen rows from their fine codes.
  mutating func fine(_ fine: FineCodes, _ query: CodeQuery, kernels: CodeKernels) {
    fine.withBytes { codes in
      chosen.withUnsafeBufferPointer { rows in
        query.residual.withUnsafeBufferPointer { residual in
          lower.withUnsafeMutableBufferPointer { lower in
            upper.withUnsafeMutableBufferPointer { upper in
              var scan = apus_fine_scan(
                codes: codes.baseAddress, width: query.residual.count, rows: rows.baseAddress,
                row_count: rows.count, query: residual.baseAddress, is_product: query.isProduct,
                base: query.base, slope: query.fineSlope, spread: query.fineSpread,
                lower: lower.baseAddress, upper: upper.baseAddress)
              kernels.table.fine(&scan)
            }
          }
        }
      }
    }
  }

  // The bits of a float order like the float once the negative ones are flipped: IEEE 754, 5.10. A NaN comes last,
  // or first, and is kept either way.
  private static func key(row: UInt32, bound: Float) -> UInt64 {
    let bits = bound.bitPattern
    return UInt64(bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits) << 32 | UInt64(row)
  }

  private static func bound(_ key: UInt64) -> Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & 0x7fff_ffff : ~ordered)
  }
}
