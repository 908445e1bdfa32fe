import AsyncHTTPClient
package import Model
import NIOCore
package import ObjectStore

/// A bucket on S3, or on a server that speaks its protocol.
///
/// Each call is one attempt: nothing is repeated here (`RetryingStore` does that).
package final class S3Store: Sendable {
  let configuration: Configuration
  let address: BucketAddress
  let http: HTTPTransport
  let signer: Signer
  let cache: CredentialsCache
  let skew: ClockSkew

  /// A store that has not yet sent anything.
  ///
  /// `wallClock` gives the time of day, in seconds since 1970. It may be wrong: signatures follow the store's
  /// clock as soon as it has answered once. A setting that cannot be right is an `invalidRequest`.
  package init(
    _ configuration: Configuration, clock: any ServerClock,
    wallClock: @escaping @Sendable () -> Double
  ) throws(ObjectStoreError) {
    let endpoint = try configuration.validated()
    self.configuration = configuration
    address = BucketAddress(
      endpoint: endpoint, bucket: configuration.bucket, pathStyle: configuration.pathStyle)
    signer = Signer(region: configuration.region)
    skew = ClockSkew(wallClock: wallClock)
    http = HTTPTransport(client: Self.client(configuration.limits), clock: clock)
    cache = CredentialsCache(
      provider: configuration.credentials,
      context: CredentialsContext(http: http, wallClock: wallClock))
  }

  /// Ends all connections; must be called before the store is released.
  package func shutdown() async throws {
    try await http.client.shutdown()
  }

  private static func client(_ limits: Limits) -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.decompression = .disabled
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = .milliseconds(limits.connectTimeout.wholeMilliseconds)
    configuration.connectionPool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: .milliseconds(limits.idleTimeout.wholeMilliseconds),
      concurrentHTTP1ConnectionsPerHostSoftLimit: limits.connectionsMax)
    return HTTPClient(configuration: configuration)
  }
}

extension S3Store.Configuration {
  /// The endpoint, or an error that names the setting that is wrong.
  fileprivate func validated() throws(ObjectStoreError) -> Endpoint {
    let letters = bucket.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard letters, (3...255).contains(bucket.utf8.count), bucket.utf8.first != UInt8(ascii: ".")
    else { throw refusal("'\(bucket)' is no name of a bucket") }
    guard !region.isEmpty, region.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x2f })
    else { throw refusal("'\(region)' is no region; set AWS_REGION") }
    guard let endpoint = Endpoint(endpoint ?? Endpoint.aws(region: region)) else {
      throw refusal("'\(self.endpoint ?? "")' is no http or https URL of an S3 server")
    }
    return endpoint
  }

  private func refusal(_ message: String) -> ObjectStoreError {
    ObjectStoreError(.invalidRequest, message, mayHaveBeenApplied: false)
  }
}
