import Model
import ObjectStore
import Synchronization
import Testing

/// A store that the conformance suite runs against; each test takes a new, empty place in one.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Calls the test with a store and the prefix of its place, and cleans up.
  let run:
    @Sendable (_ test: @Sendable (any ObjectStore, String) async throws -> Void) async throws ->
      Void

  static let all = [memory, folder] + s3

  static let memory = StoreUnderTest(testDescription: "memory") { test in
    try await test(MemoryStore(now: SteppingClock().now), "")
  }

  static let folder = StoreUnderTest(testDescription: "folder") { test in
    try await withTemporaryFolder { path in
      try await test(try FolderStore(path: "\(path)/bucket"), "")
    }
  }

  func callAsFunction(
    _ test: @Sendable (_ store: any ObjectStore, _ prefix: String) async throws -> Void
  ) async throws {
    try await run(test)
  }
}

/// A store's clock that goes on by a millisecond each time it is looked at.
final class SteppingClock: Sendable {
  private let milliseconds = Mutex<Int64>(1_700_000_000_000)

  func now() -> StoreTime {
    milliseconds.withLock { milliseconds in
      milliseconds += 1
      return StoreTime(millisecondsSince1970: milliseconds)
    }
  }
}
