extension ServerSettings {
  /// Reads and checks everything; throws on the first thing that is missing or wrong.
  package init(loading sources: SettingsSources) throws(SettingsError) {
    let reader = ValueReader(sources: sources)
    store = try Self.store(reader)
    prefix = try reader.prefix(SettingsTable.prefix)
    host = try given(reader.host(SettingsTable.host), SettingsTable.host)
    port = try given(reader.port(SettingsTable.port), SettingsTable.port)
    allowedOrigins = try reader.origins(SettingsTable.allowedOrigins)
    maximumBodyBytes = try given(
      reader.bytes(SettingsTable.maximumBodyBytes), SettingsTable.maximumBodyBytes)
    syncInterval = try given(
      reader.seconds(SettingsTable.syncInterval), SettingsTable.syncInterval)
    readsAreStrong = try reader.oneOf(SettingsTable.readConsistency) == "strong"
    allowsReset = try given(reader.boolean(SettingsTable.allowReset), SettingsTable.allowReset)
    workspace = try reader.text(SettingsTable.workspace)
    memoryLimit = try reader.bytes(SettingsTable.memoryLimit)
    workspaceLimit = try given(
      reader.bytes(SettingsTable.workspaceLimit), SettingsTable.workspaceLimit)
    flushBytes = try reader.bytes(SettingsTable.flushBytes)
    flushAge = try given(reader.seconds(SettingsTable.flushAge), SettingsTable.flushAge)
    eraseAfter = try given(reader.seconds(SettingsTable.eraseAfter), SettingsTable.eraseAfter)
    collectInterval = try given(
      reader.seconds(SettingsTable.collectInterval), SettingsTable.collectInterval)
    grace = try reader.seconds(SettingsTable.grace)
    logLevel = try given(reader.oneOf(SettingsTable.logLevel), SettingsTable.logLevel)
    warnings = sources.warnings
  }

  private static func store(_ reader: ValueReader) throws(SettingsError) -> Store {
    let isEnabled = try given(
      reader.boolean(SettingsTable.s3Enabled), SettingsTable.s3Enabled)
    guard isEnabled else {
      try refuseForgottenBucket(reader)
      return .folder(path: try given(reader.text(SettingsTable.folder), SettingsTable.folder))
    }
    guard let name = try reader.bucketName(SettingsTable.bucketName) else {
      throw SettingsError(
        variable: SettingsTable.bucketName.name,
        """
        S3_BUCKET_NAME is not set, but S3_ENABLED is True: set it to the bucket's name, or set \
        S3_ENABLED=False to keep the data in a folder on this machine
        """)
    }
    var endpoint = try reader.endpoint(SettingsTable.endpointForS3)
    if endpoint == nil { endpoint = try reader.endpoint(SettingsTable.endpoint) }
    return .bucket(
      BucketSettings(
        name: name,
        region: try given(reader.text(SettingsTable.region), SettingsTable.region),
        endpoint: endpoint,
        usesPathStyle: try reader.boolean(SettingsTable.pathStyle) ?? (endpoint != nil),
        credentials: try credentials(reader)))
  }

  /// Whoever names a bucket means to use it: without this the data would silently stay on this machine.
  private static func refuseForgottenBucket(_ reader: ValueReader) throws(SettingsError) {
    let sources = reader.sources
    guard sources.text(SettingsTable.s3Enabled) == nil,
      let bucket = sources.text(SettingsTable.bucketName)
    else { return }
    throw SettingsError(
      variable: SettingsTable.s3Enabled.name,
      """
      \(reader.described(SettingsTable.bucketName, bucket)), but S3_ENABLED is not set, so the data \
      would stay on this machine: set S3_ENABLED=True to use the bucket, or S3_ENABLED=False to use \
      a folder
      """)
  }

  /// Both halves of the key or neither.
  private static func credentials(
    _ reader: ValueReader
  ) throws(SettingsError) -> StaticCredentials? {
    let id = try reader.text(SettingsTable.accessKeyID)
    let secret = try reader.text(SettingsTable.secretAccessKey)
    let token = try reader.text(SettingsTable.sessionToken)
    if let id, let secret {
      return StaticCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }
    let present: Setting? =
      id != nil
      ? SettingsTable.accessKeyID
      : secret != nil
        ? SettingsTable.secretAccessKey : token != nil ? SettingsTable.sessionToken : nil
    guard let present else { return nil }
    let missing = id == nil ? SettingsTable.accessKeyID : SettingsTable.secretAccessKey
    let origin = reader.sources.origin(present).map { " (\($0))" } ?? ""
    throw SettingsError(
      variable: missing.name,
      """
      \(missing.name) is not set, but \(present.name)\(origin) is: set both, or neither to use the \
      profile file, container or instance credentials
      """)
  }
}

/// A value whose setting has a default, and which is therefore never missing.
private func given<Value>(_ value: Value?, _ setting: Setting) throws(SettingsError) -> Value {
  guard let value else {
    throw SettingsError(variable: setting.name, "\(setting.name) is not set")
  }
  return value
}
