/// What the HTTP layer must be told.
package struct APIConfiguration: Sendable {
  /// Name or address to listen on.
  package var host: String
  /// Zero takes a free port.
  package var port: Int
  /// Largest body of add, upsert and update, in bytes; all other routes keep Chroma's 40 MiB.
  package var maxBodyBytes: Int
  /// Memory for the bodies of all requests in flight together, in bytes; one body alone may exceed it.
  package var maxBodyBytesInFlight = Self.defaultMaxBodyBytesInFlight
  /// Further connections wait until one ends; nil for any number.
  package var maxConnections: Int?
  /// Permits `POST /api/v2/reset`, which deletes everything.
  package var allowReset: Bool
  /// Origins that browsers may call from; `*` is any; empty leaves the headers out.
  package var corsOrigins: [String]
  /// The bucket as the sync routes show it; nil where a folder stands in for it.
  package var s3: S3Info?
  /// Every read looks at the bucket first, whatever its headers say.
  package var readsAreStrong: Bool
  /// Apus's own version, for the `server` header.
  package var version: String

  package static let defaultMaxBodyBytes = 128 << 20
  package static let defaultMaxBodyBytesInFlight = 1 << 30

  package init(
    host: String = "127.0.0.1", port: Int = 8000, maxBodyBytes: Int = Self.defaultMaxBodyBytes,
    allowReset: Bool = false, corsOrigins: [String] = [], s3: S3Info? = nil,
    readsAreStrong: Bool = false, version: String
  ) {
    self.host = host
    self.port = port
    self.maxBodyBytes = maxBodyBytes
    self.allowReset = allowReset
    self.corsOrigins = corsOrigins
    self.s3 = s3
    self.readsAreStrong = readsAreStrong
    self.version = version
  }

  /// No route takes more, in bytes.
  var largestBodyBytes: Int { max(maxBodyBytes, Limits.otherBodyBytesMax) }
}

/// Where the data is, as `GET /api/s3/status` tells it; never a secret.
package struct S3Info: Hashable, Sendable {
  package var bucket: String
  package var prefix: String
  /// Nil for AWS itself.
  package var endpoint: String?
  package var region: String
  package var syncInterval: Duration

  package init(
    bucket: String, prefix: String, endpoint: String?, region: String, syncInterval: Duration
  ) {
    self.bucket = bucket
    self.prefix = prefix
    self.endpoint = endpoint
    self.region = region
    self.syncInterval = syncInterval
  }
}

/// Limits that belong to the protocol and not to a setting.
enum Limits {
  /// Largest body of every route but add, upsert and update, in bytes (Chroma's default).
  static let otherBodyBytesMax = 40 << 20
  /// Records per call that clients are told; not enforced, as in Chroma.
  static let advertisedBatchSize = 5461
  /// A connection on which nothing comes for so long, between requests or within one, is closed.
  static let connectionIdleSecondsMax: Int64 = 300
  /// A new connection on which no request's head came within this time is closed.
  static let requestHeadSecondsMax: Int64 = 30
  /// Time for a whole body: this, and a second more for each `bodyBytesPerSecondMin` that came.
  static let bodySecondsMax = 120
  static let bodyBytesPerSecondMin = 16 << 10
  /// Room that is made for a body before any of it came, in bytes.
  static let bodyBytesReservedMax = 8 << 20
  /// Memory of bodies that is kept for the next ones, in bytes; less where there is little.
  static let bodyBytesKeptMax = 32 << 20

  // What is done on a connection's event loop takes a few tenths of a millisecond at most.
  static let shortBodyBytesMax = 64 << 10
  static let shortAnswerRecordsMax = 100
  static let shortAnswerEmbeddingsMax = 10
  /// Numbers in all of a collection's vectors.
  static let shortScanComponentsMax = 50_000_000
}
