import CommitLog
import Model
import Synchronization

/// A collection's log in this server, from the moment somebody needs it until the catalog has buried it.
final class CollectionHandle: Sendable {
  let id: UniqueID
  let replica: LogReplica<CollectionState>
  private let maintainer: CollectionMaintainer
  private let probed: Latch<Void>
  private let closing: Latch<Void>

  /// Maintenance waits for `probed`, as all that writes does.
  init(
    id: UniqueID, replica: LogReplica<CollectionState>, maintainer: CollectionMaintainer,
    probed: Latch<Void>, clock: any ServerClock
  ) {
    self.id = id
    self.replica = replica
    self.maintainer = maintainer
    self.probed = probed
    closing = Latch(clock: clock)
  }

  /// Serves until cancelled or closed.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.replica.run() }
      group.addTask { if await self.probed.wait() != nil { await self.maintainer.run() } }
      await self.closing.wait()
      group.cancelAll()
    }
  }

  /// The collection was deleted and its log has ended.
  var isClosed: Bool { closing.value != nil }

  func close() { closing.open(()) }
}
