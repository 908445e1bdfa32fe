/// Every setting of a server, in the order of the documentation: the one place that names them.
package enum SettingsTable {
  package static let all: [Setting] = [
    s3Enabled, bucketName, prefix, endpointForS3, endpoint, region, pathStyle, folder,
    accessKeyID, secretAccessKey, sessionToken, profile,
    host, port, allowedOrigins, maximumBodyBytes,
    syncInterval, readConsistency, allowReset, workspace, memoryLimit, workspaceLimit,
    flushBytes, flushAge, grace, eraseAfter, collectInterval, logLevel,
  ]

  /// The setting with this variable, if there is one.
  package static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}

// MARK: Where the data are

extension SettingsTable {
  package static let s3Enabled = Setting(
    "S3_ENABLED", option: "s3-enabled", group: .store, kind: .boolean, defaultValue: "False",
    meaning: """
      True: the bucket S3_BUCKET_NAME is the store. False: the folder APUS_FOLDER on this machine \
      stands in for a bucket, for a trial and for tests.
      """)

  package static let bucketName = Setting(
    "S3_BUCKET_NAME", option: "bucket", group: .store, kind: .bucketName,
    requiredWhen: "S3_ENABLED is True",
    meaning: "The bucket, which must exist. Any number of servers may share it.")

  package static let prefix = Setting(
    "S3_PREFIX", option: "prefix", group: .store, kind: .prefix, defaultValue: "vector_db/",
    meaning: """
      Begins the key of every object; a slash is added at its end. Servers with the same bucket and \
      the same prefix share their data. Empty: the whole bucket.
      """)

  package static let endpointForS3 = Setting(
    "AWS_ENDPOINT_URL_S3", option: "endpoint-url", group: .store, kind: .endpoint,
    defaultInWords: "AWS_ENDPOINT_URL, or else AWS",
    meaning: "Another S3 server than AWS's.")

  package static let endpoint = Setting(
    "AWS_ENDPOINT_URL", option: nil, group: .store, kind: .endpoint, defaultInWords: "AWS",
    meaning: "The same, where AWS_ENDPOINT_URL_S3 is not set.")

  package static let region = Setting(
    "AWS_REGION", option: "region", group: .store, kind: .text, defaultValue: "us-east-1",
    meaning: "The bucket's region.")

  package static let pathStyle = Setting(
    "S3_FORCE_PATH_STYLE", option: "path-style", group: .store, kind: .boolean,
    defaultInWords: "True when an endpoint is set, else False",
    meaning: """
      True: the bucket stands in the URL's path (https://host/bucket/key). False: in the host's \
      name (https://bucket.host/key).
      """)

  package static let folder = Setting(
    "APUS_FOLDER", option: "folder", group: .store, kind: .path, defaultValue: "./apus-bucket",
    meaning: """
      The folder that stands in for a bucket while S3_ENABLED is False. Several servers on one \
      machine may share it.
      """)
}

// MARK: Credentials

extension SettingsTable {
  package static let accessKeyID = Setting(
    "AWS_ACCESS_KEY_ID", option: nil, group: .credentials, kind: .text,
    defaultInWords: "the standard chain: profile file, container, web identity, instance",
    requiredWhen: "AWS_SECRET_ACCESS_KEY is set", isSecret: true,
    meaning: "The access key's id.")

  package static let secretAccessKey = Setting(
    "AWS_SECRET_ACCESS_KEY", option: nil, group: .credentials, kind: .text,
    requiredWhen: "AWS_ACCESS_KEY_ID is set", isSecret: true,
    meaning: "The access key's secret.")

  package static let sessionToken = Setting(
    "AWS_SESSION_TOKEN", option: nil, group: .credentials, kind: .text, isSecret: true,
    meaning: "The token that belongs to temporary credentials.")

  package static let profile = Setting(
    "AWS_PROFILE", option: "profile", group: .credentials, kind: .text, defaultValue: "default",
    meaning: "The profile in ~/.aws/credentials, where no access key is set.")
}

// MARK: Listening

extension SettingsTable {
  package static let host = Setting(
    "APUS_HOST", option: "host", group: .listening, kind: .host, defaultValue: "127.0.0.1",
    meaning: """
      The address to listen on. There is no authentication yet: with 0.0.0.0 everybody who reaches \
      the port can read and write.
      """)

  package static let port = Setting(
    "APUS_PORT", option: "port", group: .listening, kind: .port, defaultValue: "8000",
    meaning: "The port to listen on; 0 takes a free one.")

  package static let allowedOrigins = Setting(
    "APUS_CORS_ORIGINS", option: "cors-origins", group: .listening, kind: .origins,
    defaultInWords: "none",
    meaning: "The web pages that may call the server from a browser.")

  package static let maximumBodyBytes = Setting(
    "APUS_MAX_BODY_BYTES", option: "max-body-bytes", group: .listening,
    kind: .bytes(1024...1 << 32), defaultValue: "134217728", defaultInWords: "134217728 (128 MiB)",
    meaning: """
      The largest body of add, upsert and update; larger ones are answered 413. All other requests \
      may have 40 MiB.
      """)
}

// MARK: Behaviour

extension SettingsTable {
  package static let syncInterval = Setting(
    "S3_SYNC_INTERVAL", option: "sync-interval", group: .behaviour, kind: .seconds(1...86_400),
    defaultValue: "60",
    meaning: "Seconds between looks for other servers' writes.")

  package static let readConsistency = Setting(
    "APUS_READ_CONSISTENCY", option: "read-consistency", group: .behaviour,
    kind: .oneOf(["eventual", "strong"]), defaultValue: "eventual",
    meaning: """
      eventual: other servers' writes are seen within S3_SYNC_INTERVAL. strong: every read looks \
      into the bucket first.
      """)

  package static let allowReset = Setting(
    "ALLOW_RESET", option: "allow-reset", group: .behaviour, kind: .boolean, defaultValue: "False",
    meaning: "True: POST /api/v2/reset may delete everything.")

  package static let workspace = Setting(
    "APUS_WORKSPACE", option: "workspace", group: .behaviour, kind: .path,
    defaultInWords: "the system's temporary directory",
    meaning: """
      The folder in which the server makes its temporary workspace. Nothing that matters is ever in \
      it. The next start in the same folder uses what is left there, once its checksums were verified. \
      In the system's temporary directory nothing is left in the end.
      """)

  package static let memoryLimit = Setting(
    "APUS_MEMORY_LIMIT", option: "memory-limit", group: .behaviour,
    kind: .bytes(48 << 20...1 << 46), defaultInWords: "75 % of the machine's or container's",
    meaning: """
      Bytes of memory beside the program's own 40 MB. When collections need more, vectors and documents \
      are read from the workspace or the bucket when they are wanted: answers are the same, slower.
      """)

  package static let workspaceLimit = Setting(
    "APUS_WORKSPACE_LIMIT", option: "workspace-limit", group: .behaviour,
    kind: .bytes(0...1 << 50), defaultValue: "53687091200", defaultInWords: "53687091200 (50 GiB)",
    meaning: """
      Bytes that the workspace may take. Vectors and documents that do not fit are read from the \
      bucket when they are wanted; ids, metadata and coarse codes are always there.
      """)

  package static let flushBytes = Setting(
    "APUS_FLUSH_BYTES", option: "flush-bytes", group: .behaviour,
    kind: .bytes(1 << 10...1 << 30),
    defaultInWords: "67108864 (64 MiB), less where memory is small",
    meaning: """
      Log entries of so many bytes become a segment, so that a start does not read them one by one; \
      8 MiB do when nothing was written for some 15 seconds, less where they are nearly enough. With four \
      times as many waiting, writes are answered 429.
      """)

  package static let flushAge = Setting(
    "APUS_FLUSH_AGE", option: "flush-age", group: .behaviour, kind: .seconds(1...31_536_000),
    defaultValue: "3600",
    meaning: "Seconds after which log entries become a segment, however few they are.")

  package static let grace = Setting(
    "APUS_GRACE", option: "grace", group: .behaviour, kind: .seconds(1...31_536_000),
    defaultInWords: "the bucket's own, for a new bucket 86400",
    meaning: """
      Seconds for which objects that are no longer needed stay in the bucket. Fixed when the bucket \
      is first used; a server told another value refuses to start. Less than 3600 is for tests.
      """)

  package static let eraseAfter = Setting(
    "APUS_ERASE_AFTER", option: "erase-after", group: .behaviour,
    kind: .seconds(1...315_360_000), defaultValue: "604800",
    meaning: """
      Seconds after which the segment of a deleted or replaced record is rewritten without it. The \
      grace period later the old segment is deleted from the bucket.
      """)

  package static let collectInterval = Setting(
    "APUS_COLLECT_INTERVAL", option: "collect-interval", group: .behaviour,
    kind: .seconds(1...86_400), defaultValue: "900",
    meaning: "Seconds between looks for objects that can be deleted, while there may be some.")

  package static let logLevel = Setting(
    "APUS_LOG_LEVEL", option: "log-level", group: .behaviour,
    kind: .oneOf(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
    defaultValue: "info",
    meaning: "The least severe messages that are logged.")
}
