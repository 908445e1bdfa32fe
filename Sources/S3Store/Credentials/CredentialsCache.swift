import Synchronization

/// Keeps credentials and renews them 5 minutes before they expire; concurrent callers share one renewal.
///
/// The caller that finds them due renews them; the others go on with the old ones while these are valid and
/// wait otherwise. If its task is cancelled, one of the waiting takes over.
final class CredentialsCache: Sendable {
  /// Seconds before the end from which on credentials are renewed.
  static let renewalMargin: Double = 300
  /// Seconds before the end from which on they are not used, for a request takes a while.
  static let useMargin: Double = 10
  /// Seconds from one attempt to the next while the old ones are still valid.
  static let pauseBetweenAttempts: Double = 30

  private enum Wake {
    case again
    case failed(CredentialsError)
  }

  private enum Action {
    case use(S3Credentials)
    case renew
    case wait
  }

  private struct State {
    var current: S3Credentials?
    var isRenewing = false
    var lastAttempt = -Double.infinity
    var waiting: [Int: CheckedContinuation<Wake, Never>] = [:]
    var lastTicket = 0

    mutating func next(at now: Double) -> Action {
      if let current {
        let left = (current.expiresAt ?? .infinity) - now
        if left > renewalMargin { return .use(current) }
        let isRecent = now - lastAttempt < pauseBetweenAttempts
        if left > useMargin, isRenewing || isRecent { return .use(current) }
      }
      if isRenewing { return .wait }
      isRenewing = true
      lastAttempt = now
      return .renew
    }

    func usable(at now: Double) -> S3Credentials? {
      current.flatMap { ($0.expiresAt ?? .infinity) - now > useMargin ? $0 : nil }
    }
  }

  private let provider: any CredentialsProvider
  private let context: CredentialsContext
  private let state = Mutex(State())

  init(provider: any CredentialsProvider, context: CredentialsContext) {
    self.provider = provider
    self.context = context
  }

  func credentials() async throws(CredentialsError) -> S3Credentials {
    while true {
      let now = context.wallClock()
      switch state.withLock({ $0.next(at: now) }) {
      case .use(let credentials): return credentials
      case .renew: return try await renew()
      case .wait:
        if case .failed(let error) = await wait() { throw error }
      }
    }
  }

  /// Forgets credentials that the store holds for expired. False if they are not of a kind that can be
  /// renewed.
  func forget(_ refused: S3Credentials) -> Bool {
    guard refused.expiresAt != nil else { return false }
    state.withLock { state in
      if state.current == refused { state.current = nil }
    }
    return true
  }

  private func renew() async throws(CredentialsError) -> S3Credentials {
    do {
      let credentials = try await provider.credentials(using: context)
      finish(waking: .again) { $0.current = credentials }
      return credentials
    } catch {
      if error.code == .cancelled {
        finish(waking: .again) { $0.lastAttempt = -.infinity }
        throw error
      }
      let now = context.wallClock()
      if let old = state.withLock({ $0.usable(at: now) }) {
        finish(waking: .again) { _ in }
        return old
      }
      finish(waking: .failed(error)) { _ in }
      throw error
    }
  }

  private func finish(waking wake: Wake, _ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      change(&state)
      state.isRenewing = false
      defer { state.waiting.removeAll() }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: wake) }
  }

  private static let cancelled = Wake.failed(
    CredentialsError(.cancelled, "cancelled while credentials were renewed"))

  private func wait() async -> Wake {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let wake = state.withLock { state -> Wake? in
          guard state.isRenewing else { return .again }
          // A cancellation from here on finds the continuation.
          guard !Task.isCancelled else { return Self.cancelled }
          state.waiting[ticket] = continuation
          return nil
        }
        if let wake { continuation.resume(returning: wake) }
      }
    } onCancel: {
      let continuation = state.withLock { $0.waiting.removeValue(forKey: ticket) }
      continuation?.resume(returning: Self.cancelled)
    }
  }
}
