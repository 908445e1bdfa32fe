extension S3Store {
  /// Which bucket, how to reach it, and how long to wait.
  package struct Configuration: Sendable {
    package var bucket: String
    package var region: String
    /// Another server than AWS's, as `https://host:port/path`.
    package var endpoint: String?
    /// `https://host/bucket/key` instead of `https://bucket.host/key`.
    package var pathStyle: Bool
    package var credentials: any CredentialsProvider
    package var limits: Limits

    package init(
      bucket: String, region: String, endpoint: String? = nil, pathStyle: Bool = false,
      credentials: any CredentialsProvider, limits: Limits = Limits()
    ) {
      self.bucket = bucket
      self.region = region
      self.endpoint = endpoint
      self.pathStyle = pathStyle
      self.credentials = credentials
      self.limits = limits
    }
  }

  package struct Limits: Sendable {
    /// For the head of an answer, and again for its body; longer for large bodies, see `bytesPerSecondMin`.
    package var requestTimeout: Duration = .seconds(10)
    /// A body of n bytes adds n of these seconds to its deadline.
    package var bytesPerSecondMin = 1_000_000
    package var connectTimeout: Duration = .seconds(5)
    package var connectionsMax = 64
    /// Idle connections are closed after this time, before the store closes them.
    package var idleTimeout: Duration = .seconds(15)
    /// Largest object that is read whole.
    package var objectBytesMax = 4 << 30
    /// Largest answer that is not an object: a list of 1,000 keys of 1,024 bytes, each written as `%XX`.
    package var answerBytesMax = 8 << 20
    /// Larger bodies are put in parts.
    package var singlePutBytesMax = 64 << 20
    /// S3 wants at least 5 MiB.
    package var partBytes = 16 << 20
    package var concurrentPartsMax = 4

    package init() {}
  }
}
