package import FilterIndex
import Model

extension Segment {
  package func textBounds(_ pattern: TextPattern) async throws(SegmentError) -> RowBounds? {
    guard let words = footer.section(.words), let rows = footer.section(.wordRows),
      words.upperBound <= footer.hotOffset, rows.upperBound <= footer.hotOffset
    else { return nil }
    let isLocal = documentsAreLocal.outcome == .reached
    let bytes = isLocal ? copy.region.slice(words) : try await remoteRegion(words)
    guard let bytes else { return nil }
    let plan: TextIndexPlan?
    do throws(BinaryError) {
      plan = try TextIndex(bytes, rowCount: rowCount).plan(for: pattern)
    } catch {
      throw .damaged(key: key, reason: error.message)
    }
    if isLocal, budget.isOverMemory { copy.drop(words) }
    // A filter may have many patterns.
    await Task.yield()
    if Task.isCancelled { throw .cancelled }
    guard let plan else { return nil }
    let ranges = plan.ranges.map {
      rows.lowerBound + $0.lowerBound..<rows.lowerBound + $0.upperBound
    }
    guard ranges.allSatisfy({ $0.upperBound <= rows.upperBound }) else {
      throw .damaged(key: key, reason: "rows of the text index are cut short")
    }
    if isLocal {
      let bounds = plan.bounds(ranges.compactMap { copy.region.slice($0) })
      if budget.isOverMemory { copy.drop(rows) }
      return bounds
    }
    return plan.bounds(try await remoteRegions(ranges))
  }

  /// A range of the cold part, read from the bucket in parts that come in parallel.
  private func remoteRegion(_ range: Range<Int>) async throws(SegmentError) -> ByteRegion {
    let parts = stride(from: range.lowerBound, to: range.upperBound, by: partBytes).map {
      $0..<min($0 + partBytes, range.upperBound)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for part in try await reader.read(separately: parts) { bytes.append(contentsOf: part) }
    return ByteRegion(copying: bytes)
  }

  /// Small ranges, in the order asked for.
  private func remoteRegions(_ ranges: [Range<Int>]) async throws(SegmentError) -> [ByteRegion] {
    let order = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
    let found = try await reader.read(order.map { ranges[$0] })
    var regions = [ByteRegion?](repeating: nil, count: ranges.count)
    for (index, bytes) in zip(order, found) { regions[index] = ByteRegion(copying: bytes) }
    return regions.compactMap { $0 }
  }
}
