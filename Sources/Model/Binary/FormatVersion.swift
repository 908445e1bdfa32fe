/// The version of all formats in a bucket: of log entries, manifests, segments and deletion vectors.
package enum FormatVersion {
  #if APUS_NEXT_FORMAT
    /// Made up, like what the last one writes: `scripts/test-next-format` lets servers of both versions use one bucket.
    package static let newest: UInt16 = 2
  #else
    /// The newest that this build reads, and the one that it writes.
    package static let newest: UInt16 = 1
  #endif
}
