/// When the tail of a collection becomes a segment, when segments are merged, and when what nobody needs goes.
package struct MaintenanceConfiguration: Sendable {
  package var isEnabled = true
  /// A tail whose log entries have this many bytes becomes a segment.
  package var flushBytes = 64 << 20
  /// A tail of so many bytes becomes a segment once nothing was written for a while: what was loaded is settled
  /// soon after, and takes less memory. Shorter pauses would bring many small segments, which are all merged again; so
  /// it is `quietTime` for a tail that is less than half of `flushBytes`, and from there on the less the nearer it is.
  package var quietBytes = 8 << 20
  package var quietTime = Duration.seconds(15)
  /// A tail of this many log entries becomes a segment.
  package var flushEntries = 4096
  /// So many entries of the catalog's log bring a manifest of the catalog.
  package var catalogEntries = 256
  /// A tail whose oldest entry is this old becomes a segment.
  package var tailAgeMax = Duration.seconds(3600)
  /// This many segments of similar size are merged into one.
  package var mergeFanIn = 4
  /// Fewer are, too, where they all but fill the largest segment that may be: the fewer there are, the less a query has
  /// to look into. Where memory is small, the merges cost more than that.
  package var mergesWhatFills = true
  /// Segments of at most this ratio are of similar size.
  package var mergeSizeRatio = 4
  /// No merge makes a larger segment; bounds the memory that a merge takes.
  package var segmentBytesMax = 256 << 20
  /// A segment of whose rows this share is dead is rewritten.
  package var deadShareMax = 0.3
  /// A segment with a row that has been dead for this long is rewritten.
  package var eraseAfter = Duration.seconds(604_800)
  /// Time between two looks at what can be deleted, while something may be.
  package var collectInterval = Duration.seconds(900)
  /// Time between two looks into the folders of collections that were deleted and forgotten; never less than G.
  package var orphanInterval = Duration.seconds(86_400)
  /// Another server that wrote the newest manifest has this long to do the next step itself.
  package var courtesy = Duration.seconds(30)

  /// How long nothing must have been written before a tail of so many bytes becomes a segment; an eighth of `quietTime`
  /// at least, so that whoever writes step by step is not taken to have ended.
  package func quietTime(forTailOf bytes: Int) -> Duration {
    let share = Double(bytes) / Double(max(flushBytes, 1))
    return quietTime * min(max(1 - (share - 0.5) / 0.375 * 0.875, 0.125), 1)
  }

  /// A tail of so many bytes takes no more: four times what becomes a segment, within bounds.
  package var tailBytesMax: Int {
    min(max(min(flushBytes, .max / 16) * 4, tailBytesFloor), tailBytesCeiling)
  }
  /// So many flushes at the same time, over all collections, and beside them so many merges: bounds what they take of
  /// memory and processors. A merge may take a minute, for which no flush waits.
  package var flushesAtOnceMax = 2
  package var mergesAtOnceMax = 1
  /// False: a merge takes the place of a flush, so that no two take memory at the same time. It is short then.
  package var mergesBesideFlushes = true
  /// Tails of all collections together: beyond this, those that are not small are flushed, and take no more until then.
  package var allTailsBytesMax = Int.max
  /// The most memory in which a tail became a segment that is kept for the next one; the system may take it at any time.
  package var keptBytesMax = 256 << 20
  private var tailBytesFloor = 32 << 20
  private var tailBytesCeiling = Int.max

  package init() {}

  /// Thresholds that fit a memory limit in bytes.
  package init(memoryBytes: Int) {
    flushBytes = min(max(memoryBytes / 32, 1 << 20), 64 << 20)
    // A merge takes up to three times its segment. The larger that is, the fewer a query has to look into.
    segmentBytesMax = min(max(memoryBytes / 8, 4 << 20), max(256 << 20, memoryBytes / 16), 2 << 30)
    // In memory a tail takes twice its bytes, as entries and as records, and as much again while it becomes a segment.
    tailBytesCeiling = memoryBytes / 8
    allTailsBytesMax = memoryBytes / 8
    keptBytesMax = min(keptBytesMax, memoryBytes / 16)
    mergesBesideFlushes = memoryBytes >= 256 << 20
    mergesWhatFills = mergesBesideFlushes
    flushesAtOnceMax = mergesBesideFlushes ? 2 : 1
    tailBytesFloor = min(tailBytesFloor, tailBytesCeiling)
  }
}
