import Model
import ObjectStore
import Testing

struct MeteredStoreTests {
  @Test("calls, bytes, keys and misses are counted by operation")
  func counts() async throws {
    let store = MeteredStore(ScriptedStore([]), clock: SleepClock())
    _ = try await store.get("k")
    _ = try await store.get("none")
    _ = try await store.create("k", [1, 2])
    _ = try await store.create("taken", [1])
    _ = try await store.put("k", [1, 2, 3, 4])
    _ = try await store.list(prefix: "", startAfter: nil, maxKeys: 10)
    _ = try await store.delete("k")
    _ = try await store.delete(["a", "b"])
    let metrics = store.metrics
    #expect(metrics.operations.map(\.counts.calls) == [2, 2, 1, 1, 2])
    #expect(metrics.operations.map(\.counts.misses) == [1, 1, 0, 0, 0])
    #expect(metrics.operations.map(\.counts.bytesSent) == [0, 3, 4, 0, 0])
    #expect(metrics.operations.map(\.counts.bytesReceived) == [3, 0, 0, 0, 0])
    #expect(metrics.operations.map(\.counts.keys) == [0, 0, 0, 2, 3])
    #expect(metrics.operations.allSatisfy { $0.counts.errors == 0 })
    #expect(metrics.inFlight == 0)
  }

  @Test("errors are counted by their code, inside of retries each attempt")
  func errors() async throws {
    let errors: [ObjectStoreError] = [
      .made(.throttled, applied: false), .made(.unreachable, applied: true),
      .made(.throttled, applied: false),
    ]
    let clock = SleepClock()
    let metered = MeteredStore(ScriptedStore(errors), clock: clock)
    let store = RetryingStore(metered, clock: clock, random: LargestRandom())
    _ = try await store.put("k", [1, 2])
    let put = metered.metrics.put
    #expect(put.calls == 4 && put.errors == 3 && put.bytesSent == 8)
    #expect(put.errorsByCode == [.throttled: 2, .unreachable: 1])
  }

  @Test("time is summed, and the longest call kept")
  func time() async throws {
    let clock = SleepClock()
    let errors = [ObjectStoreError](repeating: .made(.throttled, applied: false), count: 1)
    let slow = RetryingStore(ScriptedStore(errors), clock: clock, random: LargestRandom())
    let store = MeteredStore(slow, clock: clock)
    _ = try await store.get("k")
    _ = try await store.get("k")
    let get = store.metrics.get
    #expect(get.timeSum == clock.now() && get.timeMax == get.timeSum && get.timeSum > .zero)
  }
}
