import CAllocator
import ChromaAPI
import CommitLog
import Engine
import Logging
import Model
import Segments
import ServiceLifecycle
import Settings
import UnixSignals

struct ListenError: Error, CustomStringConvertible {
  let description: String
}

/// The parts of a server, put together: store, engine, HTTP, and the signals that end it.
struct Server {
  let settings: ServerSettings
  /// Where the standard chain looks for credentials.
  let environment: [String: String]
  /// The folder for local copies of segments.
  let workspace: Workspace
  let logger: Logger

  /// Requests that were accepted get their answer within this time after a signal.
  private static let shutdownTimeMax = Duration.seconds(40)

  /// Serves until SIGTERM or SIGINT; throws what ends it before.
  func run() async throws {
    let filesMax = OpenFiles.raiseLimit()
    if memoryBytes <= Self.littleMemory { apus_allocator_keep_little() }
    let clock = SystemServerClock()
    let random = SystemRandomSource()
    let opened = try OpenedStore(
      settings, environment: environment, clock: clock, random: random)
    let copies = try FolderWorkspace(path: workspace.path, bytesMax: settings.workspaceLimit)
    let engine = Engine(
      configuration: engineConfiguration, store: opened.store, clock: clock, random: random,
      logger: logger, workspace: copies,
      limits: LogLimits(memoryBytes: memoryBytes))
    let announcement = Announcement(
      engine: engine, clock: clock, host: settings.host, store: settings.storeDescription)
    let http = ChromaServer(
      engine: engine, configuration: apiConfiguration(filesMax: filesMax), logger: logger,
      onReady: announcement.listening)

    // Services end in the opposite order: first no new requests, then the engine.
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(
          service: EngineService(
            engine: engine, onEnd: { if workspace.isKept { copies.keepFiles() } }),
          failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: ListeningService(server: http, settings: settings)),
        .init(service: announcement, successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: quietLogger)
    configuration.maximumGracefulShutdownDuration = Self.shutdownTimeMax
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch {
      try? await opened.close()
      throw error
    }
    try await opened.close()
  }

  private var engineConfiguration: EngineConfiguration {
    EngineConfiguration(
      prefix: settings.prefix, grace: settings.grace, syncInterval: settings.syncInterval,
      readsAreStrong: settings.readsAreStrong, storeName: settings.storeName,
      maintenance: maintenanceConfiguration,
      segmentLimits: SegmentCacheLimits(
        memoryBytes: Self.segmentMemory(of: memoryBytes),
        workspaceBytes: settings.workspaceLimit))
  }

  /// From here on downwards memory counts for more than the time that giving it back takes.
  private static let littleMemory = 2 << 30

  /// What segments may take of the memory; the rest is for the newest records, for segments that are being made and
  /// for requests.
  private static func segmentMemory(of bytes: Int) -> Int {
    max(bytes / 4 * 3 - (24 << 20), bytes / 4)
  }

  private var memoryBytes: Int { settings.memoryLimit ?? MachineMemory.bytes / 4 * 3 }

  private var maintenanceConfiguration: MaintenanceConfiguration {
    var maintenance = MaintenanceConfiguration(memoryBytes: memoryBytes)
    if let flushBytes = settings.flushBytes { maintenance.flushBytes = flushBytes }
    maintenance.tailAgeMax = settings.flushAge
    maintenance.eraseAfter = settings.eraseAfter
    maintenance.collectInterval = settings.collectInterval
    return maintenance
  }

  private func apiConfiguration(filesMax: Int) -> APIConfiguration {
    var configuration = APIConfiguration(
      host: settings.host, port: settings.port, maxBodyBytes: settings.maximumBodyBytes,
      allowReset: settings.allowsReset, corsOrigins: settings.allowedOrigins,
      s3: settings.s3Info, readsAreStrong: settings.readsAreStrong, version: Apus.version)
    configuration.maxBodyBytesInFlight = min(
      configuration.maxBodyBytesInFlight, max(memoryBytes / 8, 4 << 20))
    configuration.maxConnections = OpenFiles.connectionsMax(filesMax: filesMax)
    return configuration
  }

  /// The life cycle's own messages are about its inner workings.
  private var quietLogger: Logger {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .critical)
    return quiet
  }
}

/// The engine beside the HTTP server: it goes on until that has answered what it accepted.
private struct EngineService: Service {
  let engine: Engine
  /// Called while all that the engine has is still there.
  let onEnd: @Sendable () -> Void

  func run() async throws {
    defer { onEnd() }
    do {
      try await cancelWhenGracefulShutdown { try await engine.run() }
    } catch {
      // What the cancelled start or read-ahead of a server that ends reports is no failure.
      if Task.isShuttingDownGracefully || Task.isCancelled { return }
      throw error
    }
  }
}

/// The HTTP server, with an address that cannot be bound told in the user's terms.
private struct ListeningService: Service {
  let server: ChromaServer
  let settings: ServerSettings

  func run() async throws {
    do {
      try await server.run()
    } catch is CancellationError {
      return
    } catch {
      // NIO puts a bracket too many before the number.
      let reason = "\(error)".replacing(") (errno: ", with: " (errno: ")
      throw ListenError(
        description: "cannot listen on \(settings.host) port \(settings.port): \(reason); "
          + "give another address with --host and --port or APUS_HOST and APUS_PORT")
    }
  }
}
