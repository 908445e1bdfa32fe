import FoundationEssentials
import Model
import ObjectStore
import S3Store
import Settings

/// The store that the settings name, wrapped in retries, and how to let go of it.
struct OpenedStore {
  let store: any ObjectStore
  private let bucket: S3Store?

  /// `environment` is where the standard chain looks for credentials.
  init(
    _ settings: ServerSettings, environment: [String: String], clock: any ServerClock,
    random: any RandomSource
  ) throws(ObjectStoreError) {
    switch settings.store {
    case .folder(let path):
      let folder = try FolderStore(path: path, random: random)
      store = RetryingStore(folder, clock: clock, random: random)
      bucket = nil
    case .bucket(let settings):
      let s3 = try S3Store(
        S3Store.Configuration(settings, environment: environment), clock: clock,
        wallClock: { Date().timeIntervalSince1970 })
      store = RetryingStore(MeteredStore(s3, clock: clock), clock: clock, random: random)
      bucket = s3
    }
  }

  /// Ends all connections.
  func close() async throws { try await bucket?.shutdown() }
}

extension S3Store.Configuration {
  init(_ settings: BucketSettings, environment: [String: String]) {
    let credentials: any CredentialsProvider =
      if let key = settings.credentials {
        FixedCredentials(
          S3Credentials(
            accessKeyID: key.accessKeyID, secretAccessKey: key.secretAccessKey,
            sessionToken: key.sessionToken))
      } else {
        CredentialsChain(environment: environment)
      }
    self.init(
      bucket: settings.name, region: settings.region, endpoint: settings.endpoint?.description,
      pathStyle: settings.usesPathStyle, credentials: credentials)
  }
}
