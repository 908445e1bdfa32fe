package import Model

/// How far the engine is with its start.
package enum EngineReadiness: Hashable, Sendable {
  /// The bucket is being reached or the catalog read; `reason` says what it waits for.
  case starting(reason: String)
  case ready
}

/// One collection in the answer of `POST /api/s3/sync`.
package struct CollectionSyncReport: Sendable {
  package let name: Text
  package let tenant: Text
  package let database: Text
  package let logPosition: UInt64
  package let records: Int
  /// Log entries of other servers that this sync brought.
  package let pulled: UInt64
}

/// One collection in the answer of `GET /api/s3/status`.
package struct CollectionStatus: Sendable {
  package let id: UniqueID
  package let name: Text
  package let tenant: Text
  package let database: Text
  /// Nil while it is loading.
  package let logPosition: UInt64?
  package let records: Int?
  /// Requests that wait for the bucket.
  package let pendingWrites: Int
  /// Seconds since the bucket was last known to hold nothing newer; nil if not yet.
  package let lagSeconds: Double?
  /// Why the collection cannot be used, if so.
  package let failure: String?
}

package struct EngineStatus: Sendable {
  package let readiness: EngineReadiness
  package let catalogPosition: UInt64?
  /// Seconds since the last complete look for other servers' writes.
  package let secondsSinceSync: Double?
  package let lastSyncError: String?
  package let collections: [CollectionStatus]
}
