import CommitLog
import FilterIndex
package import Model

extension CollectionState: ReplicatedState {
  package typealias Command = CollectionCommand
  package typealias Outcome = CollectionOutcome
  package typealias Rejection = EngineError

  package mutating func decide(
    _ command: CollectionCommand, into payload: inout BinaryWriter
  ) async throws(EngineError) -> CollectionOutcome {
    if case .seal = command {
      if !isSealed { perform(.seal, into: &payload) }
      return .sealed
    }
    guard !isSealed else { throw .collectionIDNotFound(id) }
    switch command {
    case .add(let batch):
      try checkDimension(of: batch)
      if batch.ids.contains(where: { place(of: $0) == nil }) {
        perform(.add(batch), into: &payload)
      }
      return .written
    case .upsert(let batch):
      try checkDimension(of: batch)
      if batch.count > 0 { perform(.upsert(batch), into: &payload) }
      return .written
    case .update(let batch):
      try checkDimension(of: batch)
      if batch.ids.contains(where: { place(of: $0) != nil }) {
        perform(.update(batch), into: &payload)
      }
      return .written
    case .delete(let deletion):
      let ids = try await identify(deletion)
      if !ids.isEmpty { perform(.delete(ids), into: &payload) }
      return .deleted(ids.count)
    case .seal:
      return .sealed
    }
  }

  private mutating func perform(
    _ operation: CollectionOperation, into payload: inout BinaryWriter
  ) {
    operation.encode(into: &payload)
    perform(operation)
  }

  private func checkDimension(of batch: RecordBatch) throws(EngineError) {
    guard let dimension, let got = batch.embeddings?.dimension, got != dimension else { return }
    throw .dimensionMismatch(expected: dimension, got: got)
  }

  /// The ids that a delete means now, in the order of insertion.
  private func identify(_ deletion: RecordDeletion) async throws(EngineError) -> [Text] {
    guard deletion.ids != nil || deletion.filter != nil else { return [] }
    do throws(CollectionReadFailure) {
      return try await places(of: deletion.selection, limit: deletion.limit)
        .compactMap { recordID(at: $0) }
    } catch {
      throw error.engineError
    }
  }

  package static func endsLog(_ command: CollectionCommand) -> Bool {
    if case .seal = command { true } else { false }
  }

  package static func estimatedBytes(of command: CollectionCommand) -> Int {
    switch command {
    case .add(let batch), .upsert(let batch), .update(let batch):
      CollectionOperation.estimatedBytes(of: batch)
    case .delete(let deletion):
      64 + (deletion.ids?.reduce(0) { $0 + $1.utf8Count + 4 } ?? 0)
    case .seal: 1
    }
  }
}
