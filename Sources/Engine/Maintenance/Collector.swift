package import CommitLog
package import Model
package import ObjectStore

/// Deletes from the bucket what nobody needs any more of one log and its segments, by rules S4 and S5.
///
/// All ages are taken by the store's own clock, each from one answer: its date less an object's last
/// modification. Where a store tells no dates nothing is ever deleted. Any number of servers may collect at once,
/// and one may die between any two requests: the next cycle goes on.
package struct Collector: Sendable {
  let store: any ObjectStore
  let keys: LogKeys
  /// G, the bucket's.
  let grace: Duration
  let rules: SafetyRules
  /// The objects in the segments' folder that a manifest needs; nil for a log that has no such folder.
  let names: (@Sendable (Manifest) throws(BinaryError) -> [UniqueID])?
  let limits: CollectorLimits

  package init(
    store: any ObjectStore, keys: LogKeys, grace: Duration, rules: SafetyRules = .all,
    limits: CollectorLimits = CollectorLimits(),
    names: (@Sendable (Manifest) throws(BinaryError) -> [UniqueID])?
  ) {
    self.store = store
    self.keys = keys
    self.grace = grace
    self.rules = rules
    self.limits = limits
    self.names = names
  }

  /// The age that counts as G; a collector that waits less breaks rule S4.
  var patience: Duration {
    rules.contains(.collectsAfterGrace) ? grace : grace / 16
  }
}

/// Bounds of the work of one cycle.
package struct CollectorLimits: Sendable {
  /// Keys of one list and of one deletion; at most 1,000.
  package var pageSize = 1000
  /// Pages of entries that are listed and deleted.
  package var entryPagesMax = 100
  /// Objects condemned by one manifest, so that it stays small.
  package var condemnedMax = 1000

  package init() {}
}

/// What a cycle did, and when the next one has something to do.
package struct CollectorReport: Sendable, Equatable {
  package var deletedEntries = 0
  package var emptiedManifests = 0
  package var deletedSegments = 0
  package var abortedUploads = 0
  package var deletedProbeObjects = 0
  /// Objects of forgotten collections.
  package var deletedOrphans = 0
  /// Time until the next thing that is known of is old enough; nil if nothing is left to wait for.
  package var nextDue: Duration?
  /// More was there than one cycle takes, or another server came first: look again soon.
  package var isUnfinished = false
  /// Of a deleted collection nothing is left but its manifests.
  package var isGone = false

  package init() {}

  package var hasDeleted: Bool {
    deletedEntries + emptiedManifests + deletedSegments + abortedUploads + deletedProbeObjects
      + deletedOrphans > 0
  }

  package mutating func expect(in duration: Duration) {
    nextDue = min(nextDue ?? duration, duration)
  }
}

/// What a collector remembers of one log from cycle to cycle, to read each manifest once: they are immutable.
package struct CollectorMemory: Sendable {
  struct Contents: Sendable {
    let position: UInt64
    let names: Set<UniqueID>
  }

  var contents: [UInt64: Contents] = [:]

  package init() {}
}

package enum CollectorError: Error, CustomStringConvertible {
  case store(ObjectStoreError)
  /// A manifest cannot be read: nothing is deleted as long as that is so.
  case unreadable(String)

  package var description: String {
    switch self {
    case .store(let error): error.message
    case .unreadable(let reason): reason
    }
  }
}

/// A log as its collector sees it.
package protocol CollectedLog: Sendable {
  /// The newest manifest that this server knows; nil while it knows none, and where it may not collect (S9).
  func newestManifest() async -> Manifest?

  /// Creates the manifest after `number`.
  /// - Returns: True only if that manifest certainly is there, and is this one.
  func publish(_ draft: ManifestDraft, after number: UInt64) async -> Bool
}

package struct ReplicaLog<State: ReplicatedState>: CollectedLog {
  let replica: LogReplica<State>

  package init(_ replica: LogReplica<State>) { self.replica = replica }

  package func newestManifest() async -> Manifest? { await replica.maintenanceView()?.base }

  package func publish(_ draft: ManifestDraft, after number: UInt64) async -> Bool {
    if case .published = await replica.publish(draft, after: number) { true } else { false }
  }
}
