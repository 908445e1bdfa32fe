import Logging

/// Keeps what belongs to each line until a line is written. Hummingbird names each request to its logger, and the handler
/// that writes would make text of that name, for lines that nearly never come. It is for handlers without metadata of
/// their own or a provider of some.
struct LazyMetadataLogHandler: LogHandler {
  private var base: any LogHandler
  var metadata: Logger.Metadata = [:]

  init(_ base: any LogHandler) { self.base = base }

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  var metadataProvider: Logger.MetadataProvider? {
    get { base.metadataProvider }
    set { base.metadataProvider = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] ?? base[metadataKey: key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var event = event
    if !metadata.isEmpty { event.metadata = metadata.merging(event.metadata ?? [:]) { $1 } }
    base.log(event: event)
  }
}
