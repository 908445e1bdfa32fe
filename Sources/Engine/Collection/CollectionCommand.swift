import FilterIndex
import Model

/// What can be asked of a collection's log.
enum CollectionCommand: Sendable {
  case add(RecordBatch)
  case upsert(RecordBatch)
  case update(RecordBatch)
  case delete(RecordDeletion)
  /// Ends the log of a collection that the catalog no longer has: nothing can be appended after it.
  case seal
}

/// A delete as it is decided: which records it means depends on the state.
struct RecordDeletion: Sendable {
  var ids: [Text]?
  var filter: CompiledFilter?
  var limit: Int?
}

enum CollectionOutcome: Sendable {
  case written
  case deleted(Int)
  case sealed
}
