import Model
import ObjectStore
import Segments

/// Chooses which segments of a manifest are to be rewritten together.
struct MergePlan {
  let configuration: MaintenanceConfiguration
  let parts: [ManifestPayload.Part]
  /// Dead rows, per part.
  let deadCounts: [Int]
  /// The store's time.
  let now: StoreTime?

  /// Indices into `parts`; empty if nothing is to be done.
  func inputs() -> [Int] {
    if let overdue = parts.indices.first(where: isOverdue) { return [overdue] }
    if let wasteful = parts.indices.first(where: isWasteful) { return [wasteful] }
    return similar()
  }

  /// When the first row will have been dead for too long; nil if none is dead.
  var nextErasure: StoreTime? {
    parts.compactMap(\.deadSince).min().map { $0.advanced(by: configuration.eraseAfter) }
  }

  /// Rows that were deleted long ago must leave the bucket, however few they are.
  private func isOverdue(_ index: Int) -> Bool {
    guard deadCounts[index] > 0, let since = parts[index].deadSince, let now else { return false }
    return now.since(since) >= configuration.eraseAfter
  }

  private func isWasteful(_ index: Int) -> Bool {
    Double(deadCounts[index]) > configuration.deadShareMax * Double(parts[index].summary.rowCount)
  }

  /// The smallest segments of similar size, as many as fit into one (size-tiered merging, as in Cassandra and
  /// Lucene: each record is rewritten a logarithmic number of times).
  private func similar() -> [Int] {
    let total = parts.indices.reduce(0) { $0 + liveBytes($1) }
    let isCrowded = parts.count > Self.partsMax
    // A manifest names some 1,800 segments at most, and a write looks into all of them.
    let bytesMax =
      isCrowded
      ? max(configuration.segmentBytesMax, total / (Self.partsMax / 2))
      : configuration.segmentBytesMax
    let fanIn = isCrowded ? 2 : configuration.mergeFanIn
    let order = parts.indices.sorted { a, b in (liveBytes(a), a) < (liveBytes(b), b) }
    for start in order.indices {
      var chosen: [Int] = []
      var bytes = 0
      var isFull = false
      for index in order[start...] {
        let size = liveBytes(index)
        let smallest = max(liveBytes(order[start]), 1)
        guard size / smallest < configuration.mergeSizeRatio || size < Self.smallBytes else {
          break
        }
        isFull = bytes + size > bytesMax
        if isFull { break }
        chosen.append(index)
        bytes += size
      }
      if chosen.count >= fanIn { return chosen }
      if configuration.mergesWhatFills, isFull, chosen.count > 1, bytes > bytesMax / 2 {
        return chosen
      }
    }
    return []
  }

  /// With more segments than this, larger ones are made than the configuration wants.
  private static let partsMax = 256

  /// Segments below this are of similar size, whatever their sizes are.
  private static let smallBytes = 64 << 10

  private func liveBytes(_ index: Int) -> Int {
    let summary = parts[index].summary
    let live = summary.rowCount - deadCounts[index]
    return Int(Double(summary.size) * Double(live) / Double(max(summary.rowCount, 1)))
  }
}
