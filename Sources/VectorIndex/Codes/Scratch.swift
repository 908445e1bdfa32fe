import CKernels
import Model
import Synchronization

/// Memory for what the kernels find in some rows at a time; it is there as long as `ScratchMemory.withTwo` runs.
struct Scratch {
  /// The most rows that are looked at together: their codes stay in the second-level cache for the next query.
  static let rows = 2048
  private static let chosenMax = 16
  private static let prefetchedMax = 16

  private let foundRows: UnsafeMutablePointer<UInt32>
  private let foundBounds: UnsafeMutablePointer<Float>
  private var found = 0
  /// Lower bound and row of what is of interest. The first `ordered` are the least of them, ascending; those before
  /// `position` were looked at.
  private let keys: UnsafeMutablePointer<UInt64>
  private var count = 0
  private var ordered = 0
  private var position = 0
  /// Rows whose fine codes are looked at next, and their bounds.
  let chosen: UnsafeMutablePointer<UInt32>
  /// Their coarse lower bounds.
  let chosenBounds: UnsafeMutablePointer<Float>
  let lower: UnsafeMutablePointer<Float>
  let upper: UnsafeMutablePointer<Float>

  fileprivate static let bytes = rows * 16 + chosenMax * 16

  fileprivate init(_ memory: UnsafeMutableRawPointer) {
    var free = memory
    func take<T>(_ count: Int, _: T.Type) -> UnsafeMutablePointer<T> {
      defer { free += count * MemoryLayout<T>.stride }
      return free.bindMemory(to: T.self, capacity: count)
    }
    keys = take(Self.rows, UInt64.self)
    foundRows = take(Self.rows, UInt32.self)
    foundBounds = take(Self.rows, Float.self)
    chosen = take(Self.chosenMax, UInt32.self)
    chosenBounds = take(Self.chosenMax, Float.self)
    lower = take(Self.chosenMax, Float.self)
    upper = take(Self.chosenMax, Float.self)
  }

  /// Finds the rows of some blocks, from one on, that have a coarse lower bound of at most the threshold, and puts some of them off
  /// where it is said. Where they are followed by another block that will be wanted, it is brought into the cache.
  @inline(__always)
  mutating func coarse(
    _ places: CoarsePlaces, from block: Int, rowCount: Int, isFollowed: Bool,
    members: UnsafePointer<UInt64>?, _ query: CodeQuery, threshold: Float,
    later: UnsafeMutablePointer<apus_coarse_later>? = nil, kernels: CodeKernels
  ) {
    coarse(
      places, from: block, numbers: nil, count: CoarseBlocks.count(rows: rowCount),
      rowCount: rowCount, isFollowed: isFollowed, hasGlance: false, members: members, query,
      threshold: threshold, later: later, opened: nil, kernels: kernels)
  }

  /// The same of blocks with these numbers, of so many rows in all. Where they are followed, there is one number more. With a glance at
  /// each first, blocks are not looked at in full that seem to have nothing of interest.
  /// - Returns: The number of blocks that were looked at in full.
  @inline(__always)
  mutating func coarse(
    _ places: CoarsePlaces, numbers: UnsafePointer<UInt32>?, count: Int, rowCount: Int,
    isFollowed: Bool, hasGlance: Bool, _ query: CodeQuery, threshold: Float,
    later: UnsafeMutablePointer<apus_coarse_later>?, kernels: CodeKernels
  ) -> Int {
    var opened = 0
    coarse(
      places, from: 0, numbers: numbers, count: count, rowCount: rowCount, isFollowed: isFollowed,
      hasGlance: hasGlance, members: nil, query, threshold: threshold, later: later,
      opened: &opened, kernels: kernels)
    return opened
  }

  @inline(__always)
  private mutating func coarse(
    _ places: CoarsePlaces, from block: Int, numbers: UnsafePointer<UInt32>?, count blockCount: Int,
    rowCount: Int, isFollowed: Bool, hasGlance: Bool, members: UnsafePointer<UInt64>?,
    _ query: CodeQuery, threshold: Float, later: UnsafeMutablePointer<apus_coarse_later>?,
    opened: UnsafeMutablePointer<Int>?, kernels: CodeKernels
  ) {
    let screen = places.screen.flatMap { $0.isProduct == query.isProduct ? $0.terms : nil }
    found = query.table.withUnsafeBufferPointer { table in
      var scan = apus_coarse_scan(
        blocks: places.codes(of: block), factors: places.factors(of: block),
        block_stride: places.codeStride, factor_stride: places.factorStride,
        first_width: places.firstWidth,
        rests: places.rests(of: block, width: query.residual.count), has_screens: screen != nil,
        screen: screen ?? apus_coarse_screen(), block_count: blockCount, numbers: numbers,
        is_followed: isFollowed, row_count: rowCount, width: query.residual.count, members: members,
        table: table.baseAddress, is_product: query.isProduct, base: query.base,
        slope: query.slope, offset: query.offset, spread: query.spread,
        table_variance: query.tableVariance, first_share: query.firstShare,
        first_offset: query.firstOffset, has_glance: hasGlance, glance_share: query.glanceShare,
        glance_offset: query.glanceOffset, threshold: threshold, rows: foundRows,
        bounds: foundBounds, later: later, bounded: nil, opened: opened)
      return kernels.table.coarse(&scan)
    }
  }

  /// Whether `coarse` found any rows, beside those that it put off.
  var hasFound: Bool { found > 0 }

  /// Whether all that was kept has been chosen.
  var isExhausted: Bool { position >= count }

  /// Keeps what is still of interest, counted from `first` on, and puts what should be looked at first in front.
  @inline(__always)
  mutating func keep(from first: Int, below threshold: Float) {
    begin()
    for i in 0..<found where !(foundBounds[i] > threshold) {
      keys[count] = Self.key(row: UInt32(first) + foundRows[i], bound: foundBounds[i])
      count += 1
    }
    order()
  }

  /// The same; what is above `limit` is deferred, too.
  @inline(__always)
  mutating func keep(
    from first: Int, below threshold: Float, deferringAbove limit: Float, to deferred: DeferredRows
  ) {
    begin()
    let (keys, foundRows, foundBounds) = (keys, foundRows, foundBounds)
    var kept = 0
    for i in 0..<found where !(foundBounds[i] > threshold) {
      let (row, bound) = (UInt32(first) &+ foundRows[i], foundBounds[i])
      if bound > limit {
        deferred.append(row, bound)
      } else {
        keys[kept] = Self.key(row: row, bound: bound)
        kept &+= 1
      }
    }
    count = kept
    order()
  }

  /// The same of rows that have an order, without those that are no members.
  @inline(__always)
  mutating func keep(
    below threshold: Float, deferringAbove limit: Float, to deferred: DeferredRows,
    _ order: RowsOfPositions, among rows: RowSet?
  ) {
    begin()
    let (keys, foundRows, foundBounds) = (keys, foundRows, foundBounds)
    var kept = 0
    for i in 0..<found where !(foundBounds[i] > threshold) {
      let (position, bound) = (foundRows[i], foundBounds[i])
      if bound > limit {
        deferred.append(position, bound)
        continue
      }
      let row = order[Int(position)]
      guard rows?[Int(row)] ?? true else { continue }
      keys[kept] = Self.key(row: row, bound: bound)
      kept &+= 1
    }
    count = kept
    self.order()
  }

  /// The same of all blocks one after the other, which have positions from `first` on, and of rows in a range.
  @inline(__always)
  mutating func keep(
    from first: Int, below threshold: Float, _ order: RowsOfPositions, in range: Range<Int>,
    among rows: RowSet?
  ) {
    begin()
    for i in 0..<found where !(foundBounds[i] > threshold) {
      let row = Int(order[first + Int(foundRows[i])])
      guard range.contains(row), rows?[row] ?? true else { continue }
      keys[count] = Self.key(row: UInt32(row - range.lowerBound), bound: foundBounds[i])
      count += 1
    }
    self.order()
  }

  /// Keeps the next few of what was deferred that are still of interest, and takes those that it has seen off the range.
  mutating func keep(
    _ deferred: DeferredRows, from range: inout Range<Int>, below threshold: Float
  ) {
    begin()
    let keys = keys
    var (kept, next) = (0, range.lowerBound)
    while next < range.upperBound, kept < Self.chosenMax {
      let (row, bound) = deferred[next]
      next += 1
      keys[kept] = Self.key(row: row, bound: bound)
      kept += bound > threshold ? 0 : 1
    }
    range = next..<range.upperBound
    (count, ordered) = (kept, kept)
  }

  /// The same of rows that have an order, without those that are no members.
  mutating func keep(
    _ deferred: DeferredRows, from range: inout Range<Int>, below threshold: Float,
    _ order: RowsOfPositions, among rows: RowSet?
  ) {
    begin()
    let keys = keys
    var (kept, next) = (0, range.lowerBound)
    while next < range.upperBound, kept < Self.chosenMax {
      let (position, bound) = deferred[next]
      next += 1
      guard !(bound > threshold) else { continue }
      let row = order[Int(position)]
      guard rows?[Int(row)] ?? true else { continue }
      keys[kept] = Self.key(row: row, bound: bound)
      kept += 1
    }
    range = next..<range.upperBound
    (count, ordered) = (kept, kept)
  }

  /// The same for rows of a cluster, without those that are no members or were seen before; the others are marked as seen.
  @inline(__always)
  mutating func keep(
    below threshold: Float, numbers: UnsafeRawBufferPointer, among rows: RowSet?, rowCount: Int,
    seen: inout RowMarks
  ) {
    begin()
    for i in 0..<found where !(foundBounds[i] > threshold) {
      let number = numbers.loadUnaligned(fromByteOffset: Int(foundRows[i]) * 4, as: UInt32.self)
      let row = UInt32(littleEndian: number)
      // A row has the same code in both of its clusters.
      guard row < rowCount, rows?[Int(row)] ?? true, seen.insert(row) else { continue }
      keys[count] = Self.key(row: row, bound: foundBounds[i])
      count += 1
    }
    order()
  }

  private mutating func begin() { (count, ordered, position) = (0, 0, 0) }

  /// Puts the least keys in front: with the bound that they give, few of the others will be of interest.
  private mutating func order() {
    // With few of them it does not matter which comes first.
    guard count > Self.chosenMax else { return ordered = count }
    ordered = min(Self.prefetchedMax, count)
    for index in 1..<ordered { insert(keys[index], at: index) }
    for index in ordered..<count where keys[index] < keys[ordered - 1] {
      let key = keys[index]
      keys[index] = keys[ordered - 1]
      insert(key, at: ordered - 1)
    }
  }

  /// Puts a key among those before a place, in their order; the one at that place is overwritten.
  @inline(__always)
  private func insert(_ key: UInt64, at place: Int) {
    var hole = place
    while hole > 0, keys[hole - 1] > key {
      keys[hole] = keys[hole - 1]
      hole -= 1
    }
    keys[hole] = key
  }

  /// Orders the keys that are still of interest behind those that are in order already.
  private mutating func orderRest(below threshold: Float) {
    var kept = ordered
    for index in ordered..<count where !(Self.bound(keys[index]) > threshold) {
      keys[kept] = keys[index]
      kept += 1
    }
    count = kept
    var rest = UnsafeMutableBufferPointer(start: keys + ordered, count: count - ordered)
    rest.sort()
    ordered = kept
  }

  /// Has the fine codes that are looked at first brought into the cache meanwhile.
  func prefetch(_ fine: UnsafePointer<UInt8>?, width: Int) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.prefetchedMax) { rows in
      let count = min(count, Self.prefetchedMax)
      for i in 0..<count { rows[i] = UInt32(truncatingIfNeeded: keys[i]) }
      apus_prefetch_fine(fine, width, rows.baseAddress, count)
    }
  }

  /// Chooses the next few rows, if any are left with a bound of at most the threshold.
  /// - Returns: How many there are.
  mutating func next(below threshold: Float) -> Int {
    var chosenCount = 0
    while chosenCount < Self.chosenMax {
      if position == ordered, ordered < count { orderRest(below: threshold) }
      guard position < ordered else { break }
      let key = keys[position]
      position += 1
      guard !(Self.bound(key) > threshold) else { continue }
      chosen[chosenCount] = UInt32(truncatingIfNeeded: key)
      chosenBounds[chosenCount] = Self.bound(key)
      chosenCount += 1
    }
    return chosenCount
  }

  /// Bounds of the chosen rows from their fine codes.
  func fine(
    _ fine: UnsafePointer<UInt8>?, _ chosenCount: Int, _ query: CodeQuery, kernels: CodeKernels
  ) {
    query.residual.withUnsafeBufferPointer { residual in
      var scan = apus_fine_scan(
        codes: fine, width: query.residual.count, rows: chosen, row_count: chosenCount,
        query: residual.baseAddress, is_product: query.isProduct, base: query.base,
        slope: query.fineSlope, spread: query.fineSpread, lower: lower, upper: upper)
      kernels.table.fine(&scan)
    }
  }

  // The bits of a float order like the float once the negative ones are flipped: IEEE 754, 5.10. A NaN comes last,
  // or first, and is kept either way.
  @inline(__always)
  private static func key(row: UInt32, bound: Float) -> UInt64 {
    let bits = bound.bitPattern
    return UInt64(bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits) << 32 | UInt64(row)
  }

  @inline(__always)
  private static func bound(_ key: UInt64) -> Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & 0x7fff_ffff : ~ordered)
  }
}

/// Memory for two `Scratch` that is used again by whoever comes next.
final class ScratchMemory: @unchecked Sendable {
  private let isTaken = Atomic(false)
  /// Only touched by whoever has taken it.
  private var memory: UnsafeMutableRawPointer?

  private static let blocks = MemoryBlocks(bytes: 2 * Scratch.bytes)

  deinit {
    if let memory { Self.blocks.give(memory) }
  }

  /// Calls `body` with two, so that the fine codes of what is in one can be on their way meanwhile.
  func withTwo<R>(_ body: (inout Scratch, inout Scratch) -> R) -> R {
    guard !isTaken.exchange(true, ordering: .acquiring) else {
      // A copy of the search is at work at the same time.
      let another = Self.blocks.take()
      defer { Self.blocks.give(another) }
      return Self.withTwo(in: another, body)
    }
    defer { isTaken.store(false, ordering: .releasing) }
    let memory = memory ?? Self.blocks.take()
    self.memory = memory
    return Self.withTwo(in: memory, body)
  }

  private static func withTwo<R>(
    in memory: UnsafeMutableRawPointer, _ body: (inout Scratch, inout Scratch) -> R
  ) -> R {
    var first = Scratch(memory)
    var second = Scratch(memory + Scratch.bytes)
    return body(&first, &second)
  }
}
