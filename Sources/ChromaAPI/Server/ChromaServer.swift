package import Engine
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// Chroma's HTTP API v2 over an engine.
///
/// `run` returns after a graceful shutdown, when every request that was accepted has its answer.
package struct ChromaServer: Service {
  private let responder: Responder
  private let configuration: APIConfiguration
  private let logger: Logger
  private let onReady: @Sendable (Int) async -> Void

  /// `onReady` is called once, with the port that was bound.
  package init(
    engine: Engine, configuration: APIConfiguration, logger: Logger,
    onReady: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.responder = Responder(
      handlers: Handlers(engine: engine, configuration: configuration), logger: logger)
    self.configuration = configuration
    self.logger = logger
    self.onReady = onReady
  }

  /// Binds and serves; throws when the address cannot be bound.
  package func run() async throws {
    // Hummingbird reports every connection's end; that is not this server's news.
    var logger = Logger(label: logger.label) { _ in LazyMetadataLogHandler(self.logger.handler) }
    logger.logLevel = max(logger.logLevel, .notice)
    let largestBodyBytes = configuration.largestBodyBytes
    let channels = HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        RequestHeadDeadline(), ContinueHandler(bodyBytesMax: largestBodyBytes),
      ],
      idleTimeout: .seconds(Limits.connectionIdleSecondsMax))
    let application = Application(
      responder: responder,
      server: HTTPServerBuilder { responder in
        LoopChannel(base: HTTP1Channel(responder: responder, configuration: channels))
      },
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port),
        serverName: "apus/\(configuration.version)",
        availableConnectionsDelegate: configuration.maxConnections.map {
          MaximumAvailableConnections($0, logger: logger)
        }),
      onServerRunning: { [onReady] channel in
        await onReady(channel.localAddress?.port ?? 0)
      },
      logger: logger)
    try await application.run()
  }
}
