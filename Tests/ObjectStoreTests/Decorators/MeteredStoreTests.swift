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

  @Test("requests are counted by kind and by the folder of their keys")
  func classes() async throws {
    let store = MeteredStore(ScriptedStore([]), clock: SleepClock())
    _ = try await store.create("p/collections/x/log/00000000000000000001", [1])
    _ = try await store.get("p/collections/x/log/00000000000000000002")
    let before = store.metrics.requests
    _ = try await store.get("p/collections/x/segments/y", range: .last(5))
    _ = try await store.put("p/collections/x/segments/z", [1])
    _ = try await store.list(prefix: "p/catalog/manifest/", startAfter: nil, maxKeys: 1)
    _ = try await store.delete(["log/1", "log/2"])
    _ = try await store.get("p/apus.json")
    _ = try await store.listUploads(prefix: "p/")
    try await store.abortUpload("log", id: "u")
    let after = store.metrics.requests.since(before)
    #expect(
      after.description
        == "get other 1, rangedGet segment 1, put segment 1, list manifest 1, list other 1, "
        + "delete log 1, delete other 1")
    #expect(before[.create, .log] == 1 && before[.log] == 2 && before.total == 2)
    #expect(store.metrics.requests[.get] == 2 && store.metrics.requests.total == 9)
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
