import FilterIndex
package import Model

/// What can be asked of a collection's log.
package enum CollectionCommand: Sendable {
  case add(RecordBatch)
  case upsert(RecordBatch)
  case update(RecordBatch)
  case delete(RecordDeletion)
  /// Ends the log of a collection that the catalog no longer has: nothing can be appended after it.
  case seal
}

/// A delete as it is decided: which records it means depends on the state.
package struct RecordDeletion: Sendable {
  let selection: CompiledSelection
  let limit: Int?

  var ids: [Text]? { selection.ids }
  var filter: CompiledFilter? { selection.filter }

  package init(_ selection: CompiledSelection, limit: Int?) {
    self.selection = selection
    self.limit = limit
  }
}

package enum CollectionOutcome: Hashable, Sendable {
  case written
  case deleted(Int)
  case sealed
}
