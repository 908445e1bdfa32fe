/// Where a task that runs on a thread which others wait for, such as an event loop, does what takes long.
package enum LongWork {
  /// Nil where the task's own threads may be held up.
  @TaskLocal package static var executor: (any TaskExecutor)?

  /// Long enough to go elsewhere: bytes that are read, checked and written as JSON.
  package static let bytesMin = 256 << 10
}
