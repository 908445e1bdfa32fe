import Model
import ObjectStore
import S3Store
import Testing

@Suite(
  .serialized,
  .enabled(if: RealServer.isGiven && RealServer.isPatient, "APUS_TEST_S3_SLOW is not set"))
struct RealServerLargeTests {
  @Test("100 MB go in parts by the default limits and come back whole")
  func large() async throws {
    let size = 100 << 20
    let body = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      for i in 0..<size { buffer[i] = UInt8(truncatingIfNeeded: i &* 2_654_435_761 &>> 13) }
      count = size
    }
    try await RealServer.use { store, prefix in
      let clock = ContinuousClock()
      let put = try await clock.measure { _ = try await store.put(prefix + "large", body) }
      let start = clock.now
      let object = try #require(try await store.get(prefix + "large").object)
      print("put 100 MiB in parts: \(put), get: \(clock.now - start)")
      #expect(object.body == body)
      _ = try await store.delete(prefix + "large")
    }
  }
}
