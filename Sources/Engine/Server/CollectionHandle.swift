import CommitLog
import Model
import Synchronization

/// A collection's log in this server, from the moment somebody needs it until the catalog has buried it.
final class CollectionHandle: Sendable {
  let id: UniqueID
  let replica: LogReplica<CollectionState>
  private let closing: Latch<Void>

  init(id: UniqueID, replica: LogReplica<CollectionState>, clock: any ServerClock) {
    self.id = id
    self.replica = replica
    closing = Latch(clock: clock)
  }

  /// Serves until cancelled or closed.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.replica.run() }
      group.addTask { await self.closing.wait() }
      await group.next()
      group.cancelAll()
    }
  }

  /// The collection was deleted and its log has ended.
  var isClosed: Bool { closing.value != nil }

  func close() { closing.open(()) }
}
