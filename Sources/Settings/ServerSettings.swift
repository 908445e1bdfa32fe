/// What a server was told, checked as a whole.
package struct ServerSettings: Sendable, Hashable {
  /// Where the data are.
  package enum Store: Sendable, Hashable {
    /// This folder on this machine stands in for a bucket.
    case folder(path: String)
    case bucket(BucketSettings)
  }

  package var store: Store
  /// Begins every key; empty or ending in "/".
  package var prefix: String
  package var host: String
  /// 0 takes a free one.
  package var port: Int
  /// Origins as browsers send them, or `*`; empty: none.
  package var allowedOrigins: [String]
  package var maximumBodyBytes: Int
  package var syncInterval: Duration
  /// Every read looks into the bucket first.
  package var readsAreStrong: Bool
  package var allowsReset: Bool
  /// Where the temporary workspace is made; nil: in the system's temporary directory.
  package var workspace: String?
  /// Nil: 75 % of what the machine or container has.
  package var memoryLimit: Int?
  package var workspaceLimit: Int
  /// Nil: as fits the memory limit.
  package var flushBytes: Int?
  package var flushAge: Duration
  package var eraseAfter: Duration
  package var collectInterval: Duration
  /// Nil: the bucket's own.
  package var grace: Duration?
  /// The name of a level of swift-log.
  package var logLevel: String
  /// What looks like a mistake but does not stop a server.
  package var warnings: [String]
}

/// The bucket and how to reach it.
package struct BucketSettings: Sendable, Hashable {
  package var name: String
  package var region: String
  /// Nil: AWS.
  package var endpoint: EndpointURL?
  package var usesPathStyle: Bool
  /// Nil: the standard chain.
  package var credentials: StaticCredentials?
}

/// An access key. Descriptions show that there is one, never which.
package struct StaticCredentials: Sendable, Hashable {
  package let accessKeyID: String
  package let secretAccessKey: String
  package let sessionToken: String?
}

extension StaticCredentials: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package var description: String { "credentials (hidden)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
