package import Engine
import Model

/// What the routes work with. Each extension holds the routes of one subject.
package struct Handlers: Sendable {
  let engine: Engine
  let configuration: APIConfiguration
  let bodies: BodyBudget
  let buffers = BodyBuffers()
  let settings = SettingsCache()

  package init(engine: Engine, configuration: APIConfiguration) {
    self.engine = engine
    self.configuration = configuration
    self.bodies = BodyBudget(bytesMax: configuration.maxBodyBytesInFlight)
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
