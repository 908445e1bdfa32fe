import FilterIndex
import Model

/// What is known about the rows that a selection leaves, as long as not all documents have been read that decide it.
struct SelectionBounds: Sendable {
  /// Per segment.
  var segments: [RowBounds]
  var tail: RowSet

  init(exactly rows: SelectedRows) {
    segments = rows.segments.map { RowBounds(exactly: $0) }
    tail = rows.tail
  }

  /// All rows that may be left.
  var possible: SelectedRows { SelectedRows(segments: segments.map(\.possible), tail: tail) }

  /// Rows whose documents would have to be read.
  var undecidedCount: Int { segments.reduce(0) { $0 + $1.undecided.memberCount } }

  func isCertain(_ place: CollectionState.Place) -> Bool {
    switch place {
    case .tail(let row): tail[row]
    case .segment(let index, let row): segments[index].certain[row]
    }
  }
}
