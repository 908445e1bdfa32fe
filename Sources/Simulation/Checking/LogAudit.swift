package import CommitLog

/// Looks at the logs in the bucket themselves: every log is a chain without a gap, no put id comes twice.
package struct LogAudit {
  private let bucket: SimulatedBucket

  package init(_ bucket: SimulatedBucket) { self.bucket = bucket }

  /// - Returns: The entries of every log, by its prefix, in order.
  @discardableResult
  package func check() throws(SimulationFailure) -> [String: [LogEntry]] {
    var logs: [String: [LogEntry]] = [:]
    for key in bucket.keys() {
      guard let range = key.ranges(of: "/log/").first else { continue }
      let prefix = String(key[..<range.lowerBound]) + "/"
      let number = UInt64(logs[prefix, default: []].count + 1)
      guard key == LogKeys(prefix: prefix).entry(number) else {
        throw SimulationFailure(.invariant, "\(key) where entry \(number) should be")
      }
      let previous = logs[prefix]?.last
      let entry = try decode(key, number: number)
      let expected = try previous.map { last throws(SimulationFailure) in
        try hash(LogKeys(prefix: prefix).entry(last.number))
      }
      guard entry.previousHash == expected ?? .start else {
        throw SimulationFailure(.invariant, "\(key) does not continue the entry before it")
      }
      logs[prefix, default: []].append(entry)
    }
    for (prefix, entries) in logs {
      guard Set(entries.map(\.putID)).count == entries.count else {
        throw SimulationFailure(.invariant, "an entry of \(prefix) is there twice")
      }
    }
    return logs
  }

  private func decode(_ key: String, number: UInt64) throws(SimulationFailure) -> LogEntry {
    do throws(LogObjectError) {
      return try LogEntryCodec.decode(bucket.object(key) ?? [], number: number, key: key)
    } catch {
      throw SimulationFailure(.invariant, "\(error)")
    }
  }

  private func hash(_ key: String) throws(SimulationFailure) -> LogHash {
    LogHash(ofObject: bucket.object(key) ?? [])
  }
}
