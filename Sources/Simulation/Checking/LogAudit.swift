package import CommitLog

/// Looks at the logs in the bucket themselves: every log continues its newest manifest without a gap, no put id
/// comes twice.
package struct LogAudit {
  private let bucket: SimulatedBucket

  package init(_ bucket: SimulatedBucket) { self.bucket = bucket }

  /// A log as a server that starts now finds it.
  package struct Log {
    package var manifest: Manifest?
    /// The entries after the manifest, in order.
    package var entries: [LogEntry] = []
  }

  /// - Returns: Every log, by its prefix.
  @discardableResult
  package func check() throws(SimulationFailure) -> [String: Log] {
    var prefixes: Set<String> = []
    for key in bucket.keys() {
      for folder in ["/log/", "/manifest/"] {
        if let range = key.ranges(of: folder).first {
          prefixes.insert(key[..<range.lowerBound] + "/")
        }
      }
    }
    var logs: [String: Log] = [:]
    for prefix in prefixes.sorted() { logs[prefix] = try check(LogKeys(prefix: prefix)) }
    return logs
  }

  private func check(_ keys: LogKeys) throws(SimulationFailure) -> Log {
    var log = Log(manifest: try newestManifest(keys))
    var hash = log.manifest?.entryHash ?? .start
    var number = (log.manifest?.position ?? 0) + 1
    while let object = bucket.object(keys.entry(number)) {
      let entry = try decode(object, keys.entry(number), number: number)
      guard entry.previousHash == hash else {
        throw SimulationFailure(
          .invariant, "\(keys.entry(number)) does not continue the entry before it")
      }
      hash = LogHash(ofObject: object)
      log.entries.append(entry)
      number += 1
    }
    let last = bucket.keys(prefix: keys.entryPrefix).compactMap { keys.entryNumber(of: $0) }.max()
    guard (last ?? 0) < number else {
      throw SimulationFailure(
        .invariant, "\(keys.prefix) has entry \(last ?? 0), but not \(number)")
    }
    guard Set(log.entries.map(\.putID)).count == log.entries.count else {
      throw SimulationFailure(.invariant, "an entry of \(keys.prefix) is there twice")
    }
    return log
  }

  private func newestManifest(_ keys: LogKeys) throws(SimulationFailure) -> Manifest? {
    // Keys count down: the first is the newest.
    guard let key = bucket.keys(prefix: keys.manifestPrefix).min(),
      let number = keys.manifestNumber(of: key)
    else { return nil }
    let manifest: Manifest?
    do throws(LogObjectError) {
      manifest = try ManifestCodec.decode(bucket.object(key) ?? [], number: number, key: key)
    } catch {
      throw SimulationFailure(.invariant, "\(error)")
    }
    guard let manifest else {
      throw SimulationFailure(.invariant, "\(key) is the newest manifest and empty")
    }
    return manifest
  }

  private func decode(
    _ object: [UInt8], _ key: String, number: UInt64
  ) throws(SimulationFailure) -> LogEntry {
    do throws(LogObjectError) {
      return try LogEntryCodec.decode(object, number: number, key: key)
    } catch {
      throw SimulationFailure(.invariant, "\(error)")
    }
  }
}
