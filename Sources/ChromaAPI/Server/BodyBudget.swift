import Synchronization

/// Bounds the memory that the bodies of all requests in flight take together.
final class BodyBudget: Sendable {
  private let bytesMax: Int
  private let taken = Mutex(0)

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  /// Adds `bytes` to what is taken, if they fit; `held` of that is the asking request's own, which may
  /// always go on where nobody else holds anything.
  fileprivate func take(_ bytes: Int, held: Int, onlyAsks: Bool) -> Bool {
    taken.withLock { taken in
      guard bytes == 0 || taken == held || bytes <= bytesMax - taken else { return false }
      if !onlyAsks { taken += bytes }
      return true
    }
  }

  fileprivate func giveBack(_ bytes: Int) {
    taken.withLock { $0 -= bytes }
  }
}

/// What one request's body takes of the budget: from its first byte until the request has its answer,
/// since what was decoded from it lives as long.
final class BodyShare: Sendable {
  private let budget: BodyBudget
  private let held = Mutex(0)

  init(of budget: BodyBudget) {
    self.budget = budget
  }

  /// Whether so much more would fit now; takes nothing.
  func hasRoom(for bytes: Int) -> Bool {
    held.withLock { budget.take(bytes, held: $0, onlyAsks: true) }
  }

  /// False, and nothing is taken, if so much more does not fit.
  func take(_ bytes: Int) -> Bool {
    held.withLock { held in
      guard budget.take(bytes, held: held, onlyAsks: false) else { return false }
      held += bytes
      return true
    }
  }

  func release() {
    held.withLock { held in
      budget.giveBack(held)
      held = 0
    }
  }
}
