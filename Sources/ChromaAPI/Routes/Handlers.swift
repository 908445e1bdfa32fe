package import Engine
import Model

/// What the routes work with. Each extension holds the routes of one subject.
package struct Handlers: Sendable {
  let engine: Engine
  let configuration: APIConfiguration
  let bodies: BodyBudget
  package let buffers: BodyBuffers
  let settings = SettingsCache()

  package init(engine: Engine, configuration: APIConfiguration) {
    self.engine = engine
    self.configuration = configuration
    self.bodies = BodyBudget(bytesMax: configuration.maxBodyBytesInFlight)
    self.buffers = BodyBuffers(
      keptBytesMax: min(configuration.maxBodyBytesInFlight / 8, Limits.bodyBytesKeptMax))
  }

  /// Runs a call of the engine and words its failure.
  func asking<Value>(
    _ operation: Operation = .other, _ call: () async throws(EngineError) -> Value
  ) async throws(APIError) -> Value {
    do throws(EngineError) {
      return try await call()
    } catch {
      throw APIError(error, during: operation)
    }
  }
}
