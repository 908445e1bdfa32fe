import Model
import Synchronization

/// Whether any create of a probe had to be settled by reading: then late requests may still land, and what looks
/// like a fault of the store may be one of the network.
final class ProbeClarity: Sendable {
  private let isUnclear = Mutex(false)

  var isClear: Bool { isUnclear.withLock { !$0 } }
  func lose() { isUnclear.withLock { $0 = true } }
}

/// A create whose answer got lost is settled as rule S2 says: by reading.
extension StoreProbe {
  private static let attemptsMax = 8

  /// Creates the object, whose body must be unlike any other's, and finds out whether it is there.
  ///
  /// The first success is taken as it is: of a store that ignores the condition every creator must be seen to
  /// succeed.
  func settledCreate(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer {
    var attempts = 0
    while true {
      attempts += 1
      do throws(ObjectStoreError) {
        let answer = try await store.create(key, body)
        guard case .exists = answer else { return answer }
        guard let settled = try await readBack(key, body) else { return answer }
        if case .created = settled { clarity.lose() }
        return settled
      } catch {
        guard error.isTransient, attempts < Self.attemptsMax else { throw error }
        clarity.lose()
      }
      do throws(ObjectStoreError) {
        if let settled = try await readBack(key, body) { return settled }
      } catch {
        guard error.isTransient, attempts < Self.attemptsMax else { throw error }
      }
      try? await clock.sleep(for: .milliseconds(20 << attempts))
    }
  }

  /// Whose object is there; nil if none is.
  private func readBack(
    _ key: String, _ body: [UInt8]
  ) async throws(ObjectStoreError) -> CreateAnswer? {
    guard case .found(let object) = try await store.get(key) else { return nil }
    return object.body == body ? .created(date: object.date) : .exists(date: object.date)
  }
}
