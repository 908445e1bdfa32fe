import Model
import ObjectStore
import S3Store
import Synchronization
import Testing

struct CredentialsCacheTests {
  /// Gives keys that last 1,000 s and are numbered; each fetch takes a while.
  private final class CountingProvider: CredentialsProvider {
    let clock: Mutex<Double> = Mutex(1_700_000_000)
    let fetches = Mutex(0)
    let fails = Mutex<CredentialsError.Code?>(nil)
    let hangsUntilCancelled = Mutex(false)

    func credentials(
      using context: CredentialsContext
    ) async throws(CredentialsError) -> S3Credentials {
      let hangs = hangsUntilCancelled.withLock { $0 }
      let number = fetches.withLock { count in
        count += 1
        return count
      }
      do {
        try await Task.sleep(for: hangs ? .seconds(3600) : .milliseconds(30))
      } catch {
        throw CredentialsError(.cancelled, "cancelled")
      }
      if let code = fails.withLock({ $0 }) { throw CredentialsError(code, "made to fail") }
      return S3Credentials(
        accessKeyID: "K\(number)", secretAccessKey: "s", sessionToken: "t",
        expiresAt: clock.withLock { $0 } + 1000)
    }

    func advance(_ seconds: Double) { clock.withLock { $0 += seconds } }
    var count: Int { fetches.withLock { $0 } }
  }

  private func with(
    _ reply: @escaping @Sendable (LocalServer.Request) -> LocalServer.Reply = { _ in .answer(200) },
    _ body: (CountingProvider, S3Store, LocalServer) async throws -> Void
  ) async throws {
    let provider = CountingProvider()
    try await withStore(
      answering: reply, wallClock: { provider.clock.withLock { $0 } },
      change: { $0.credentials = provider }
    ) { store, server in
      try await body(provider, store, server)
    }
  }

  private func puts(_ count: Int, _ store: S3Store) async -> [ObjectStoreError] {
    await withTaskGroup(of: ObjectStoreError?.self) { group in
      for number in 0..<count {
        group.addTask {
          await failure { () async throws(ObjectStoreError) in try await store.put("\(number)", [1])
          }
        }
      }
      return await group.reduce(into: []) { if let error = $1 { $0.append(error) } }
    }
  }

  @Test("concurrent callers share one fetch, and its error")
  func shared() async throws {
    try await with { provider, store, _ in
      provider.fails.withLock { $0 = .unreachable }
      let errors = await puts(20, store)
      #expect(
        errors.count == 20
          && errors.allSatisfy { $0.code == .unreachable && !$0.mayHaveBeenApplied })
      #expect(provider.count < 20)
      provider.fails.withLock { $0 = nil }
      let before = provider.count
      #expect(await puts(20, store).isEmpty)
      #expect(provider.count == before + 1)
    }
  }

  @Test("credentials are renewed 5 minutes before they expire, not earlier")
  func renewal() async throws {
    try await with { provider, store, _ in
      _ = await puts(1, store)
      provider.advance(699)
      _ = await puts(3, store)
      #expect(provider.count == 1)
      provider.advance(1)
      #expect(await puts(10, store).isEmpty)
      #expect(provider.count == 2)
    }
  }

  @Test("a renewal that fails leaves the old ones in use until they expire")
  func failedRenewal() async throws {
    try await with { provider, store, _ in
      _ = await puts(1, store)
      provider.fails.withLock { $0 = .unreachable }
      provider.advance(800)
      #expect(await puts(5, store).isEmpty)
      #expect(provider.count == 2)
      provider.advance(31)
      #expect(await puts(1, store).isEmpty)
      #expect(provider.count == 3)
      provider.advance(200)
      #expect(await puts(1, store).map(\.code) == [.unreachable])
    }
  }

  @Test("a caller that is cancelled while it fetches leaves the fetch to another")
  func cancelledFetch() async throws {
    try await with { provider, store, _ in
      // The first fetch ends only by being cancelled, so that the order of events depends on no clock.
      provider.hangsUntilCancelled.withLock { $0 = true }
      await withTaskGroup(of: ObjectStoreError?.self) { first in
        first.addTask {
          await failure { () async throws(ObjectStoreError) in try await store.put("a", [1]) }
        }
        while provider.count == 0 { try? await Task.sleep(for: .milliseconds(1)) }
        provider.hangsUntilCancelled.withLock { $0 = false }
        await withTaskGroup(of: ObjectStoreError?.self) { second in
          second.addTask {
            await failure { () async throws(ObjectStoreError) in try await store.put("b", [1]) }
          }
          // Most often it waits for the first by then; if it does not yet, it fetches by itself.
          try? await Task.sleep(for: .milliseconds(20))
          first.cancelAll()
          let cancelled = await first.next() ?? nil
          #expect(cancelled?.code == .cancelled)
          let other = await second.next() ?? nil
          #expect(other?.message == nil)
        }
      }
      #expect(provider.count == 2)
    }
  }

  @Test("credentials that the store holds for expired are fetched anew")
  func expired() async throws {
    try await with({ request in
      request.headers["authorization"]?.contains("=K1/") == true
        ? .refusal(400, "ExpiredToken") : .answer(200)
    }) { provider, store, _ in
      let error = await puts(1, store).first
      #expect(error?.isTransient == true && error?.mayHaveBeenApplied == false)
      #expect(await puts(1, store).isEmpty)
      #expect(provider.count == 2)
    }
  }
}
