import HashTreeCollections
package import Model
package import Segments

/// A segment as one state of a collection sees it: some of its rows are dead.
package struct SegmentPart: Sendable {
  package let segment: Segment
  package private(set) var dead: RowSet
  package private(set) var liveCount: Int
  /// Dead rows whose vector is still that of a record in the tail, with its row there.
  private(set) var forwarded: TreeDictionary<UInt32, UInt32> = [:]

  package init(segment: Segment, dead: RowSet) {
    self.segment = segment
    self.dead = dead
    liveCount = segment.rowCount - dead.memberCount
  }

  func isLive(_ row: Int) -> Bool { !dead[row] }

  var live: RowSet { dead.complemented() }

  mutating func kill(_ row: Int) {
    guard !dead[row] else { return }
    dead[row] = true
    liveCount -= 1
  }

  /// The row's vector belongs to a record of the tail now; nil: to none any more.
  mutating func forward(_ row: Int, to tailRow: UInt32?) { forwarded[UInt32(row)] = tailRow }

  mutating func killAll(in rows: RowSet) {
    dead.formUnion(rows)
    liveCount = segment.rowCount - dead.memberCount
  }
}
