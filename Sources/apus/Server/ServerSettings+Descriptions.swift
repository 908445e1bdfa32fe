import ChromaAPI
import Settings

/// Where the data are, for a person and for the sync routes.
extension ServerSettings {
  /// What messages call the store.
  var storeName: String {
    switch store {
    case .folder(let path): "folder \(path)"
    case .bucket(let bucket):
      "bucket \"\(bucket.name)\" at \(bucket.endpoint?.description ?? "AWS, \(bucket.region)")"
    }
  }

  /// Ends the line that says the server is ready.
  var storeDescription: String {
    switch store {
    case .folder:
      """
      the data are in \(storeName) and stay on this machine; set S3_ENABLED=True and S3_BUCKET_NAME \
      to keep them in a bucket
      """
    case .bucket:
      "the data are in \(storeName), prefix \"\(prefix)\""
    }
  }

  var s3Info: S3Info? {
    guard case .bucket(let bucket) = store else { return nil }
    return S3Info(
      bucket: bucket.name, prefix: prefix, endpoint: bucket.endpoint?.description,
      region: bucket.region, syncInterval: syncInterval)
  }
}
