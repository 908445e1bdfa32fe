package import Segments

/// What the engine must be told; everything else it finds in the bucket.
package struct EngineConfiguration: Sendable {
  /// Begins every key; empty or ending in "/".
  package var prefix: String
  /// G of rule S4 when the bucket is first used; nil for the default, or to take the bucket's own.
  package var grace: Duration?
  /// Time between looks for other servers' writes.
  package var syncInterval: Duration
  /// Every read looks at the bucket first.
  package var readsAreStrong: Bool
  /// A request is answered within this time, if only with "not applied" or "unknown".
  package var requestDeadline: Duration
  /// Whether the store is put through the start-up probe (S8).
  package var probesStore: Bool
  /// What the server's own messages call the store, such as `bucket "b" at https://...`.
  package var storeName: String

  /// When tails become segments, segments are merged, and garbage goes.
  package var maintenance: MaintenanceConfiguration
  /// How much of the segments is kept in memory and in the workspace.
  package var segmentLimits: SegmentCacheLimits

  package static let defaultGrace = Duration.seconds(86_400)

  package init(
    prefix: String, grace: Duration? = nil, syncInterval: Duration = .seconds(60),
    readsAreStrong: Bool = false, requestDeadline: Duration = .seconds(30),
    probesStore: Bool = true, storeName: String = "the bucket",
    maintenance: MaintenanceConfiguration = MaintenanceConfiguration(),
    segmentLimits: SegmentCacheLimits = SegmentCacheLimits()
  ) {
    self.maintenance = maintenance
    self.segmentLimits = segmentLimits
    self.prefix = prefix
    self.grace = grace
    self.syncInterval = syncInterval
    self.readsAreStrong = readsAreStrong
    self.requestDeadline = requestDeadline
    self.probesStore = probesStore
    self.storeName = storeName
  }
}

/// The start ended on something that does not mend itself; the message says what to do.
package struct EngineStartError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
