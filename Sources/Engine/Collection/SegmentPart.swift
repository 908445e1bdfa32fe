import HashTreeCollections
package import Model
package import Segments

/// A segment as one state of a collection sees it: some of its rows are dead.
package struct SegmentPart: Sendable {
  package let segment: Segment
  package private(set) var live: RowSet
  package private(set) var liveCount: Int
  /// Dead rows whose vector is still that of a record in the tail, with its row there.
  private(set) var forwarded: TreeDictionary<UInt32, UInt32> = [:]

  package init(segment: Segment, dead: RowSet) {
    self.segment = segment
    live = dead.complemented()
    liveCount = live.memberCount
  }

  func isLive(_ row: Int) -> Bool { live[row] }

  package var dead: RowSet { live.complemented() }

  mutating func kill(_ row: Int) {
    guard live[row] else { return }
    live[row] = false
    liveCount -= 1
  }

  /// The row's vector belongs to a record of the tail now; nil: to none any more.
  mutating func forward(_ row: Int, to tailRow: UInt32?) { forwarded[UInt32(row)] = tailRow }

  mutating func killAll(in rows: RowSet) {
    live.subtract(rows)
    liveCount = live.memberCount
  }
}
