package import FilterIndex
package import Model

extension Segment {
  package func textBounds(
    _ pattern: TextPattern, among candidates: RowSet
  ) async throws(SegmentError) -> RowBounds? {
    guard let words = footer.section(.words), let rows = footer.section(.wordRows),
      words.upperBound <= footer.hotOffset, rows.upperBound <= footer.hotOffset,
      haveDocuments(candidates, longerThan: words.count)
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

  /// Whether there is more to read in the documents than in the words.
  private func haveDocuments(_ rows: RowSet, longerThan bytesMax: Int) -> Bool {
    var bytes = 0
    for row in rows {
      bytes += documentBytes(row)
      if bytes > bytesMax { return true }
    }
    return false
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
