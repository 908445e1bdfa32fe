/// An object with a sequential specification, whose concurrent history is to be explained.
package protocol SequentialModel: Hashable, Sendable {
  associatedtype Operation: Sendable
  associatedtype Response: Sendable

  /// The state after the operation, if it may give this response in this state; nil if it may not. A nil response
  /// means that the client learnt nothing, so that any will do.
  func applying(_ operation: Operation, _ response: Response?) -> Self?

  /// True for operations that never change the state.
  static func isRead(_ operation: Operation) -> Bool
}

extension SequentialModel {
  package static func isRead(_ operation: Operation) -> Bool { false }
}

/// One request in a history. Times are moments of one clock that all clients share.
package struct HistoryEvent<Model: SequentialModel>: Sendable {
  package let operation: Model.Operation
  package let called: Duration
  /// Nil if no answer came, or one that says "unknown": then it may take effect at any time after the call, or
  /// never.
  package let returned: Duration?
  package let response: Model.Response?

  package init(
    _ operation: Model.Operation, called: Duration, returned: Duration?,
    response: Model.Response?
  ) {
    self.operation = operation
    self.called = called
    self.returned = returned
    self.response = response
  }
}

/// Searches an order of the operations that agrees with real time and with every response (Wing and Gong:
/// Testing and verifying concurrent objects, 1993; with Lowe's memory of visited configurations, 2017).
package struct LinearizabilityChecker<Model: SequentialModel> {
  private struct Configuration: Hashable {
    let done: [UInt64]
    let state: Model
  }

  private let events: [HistoryEvent<Model>]
  private var visited: Set<Configuration> = []

  private init(_ events: [HistoryEvent<Model>]) {
    self.events = events.sorted { $0.called < $1.called }
  }

  package enum Verdict: Sendable {
    case explained
    /// There is no such order.
    case unexplained
    /// Too many orders would have to be looked at: nothing is shown, neither that there is one nor that there is none.
    case undecided
  }

  /// Whether the history can be explained from `initial`.
  package static func verdict(
    on events: [HistoryEvent<Model>], from initial: Model
  ) -> Verdict {
    var checker = LinearizabilityChecker(events)
    return checker.search(
      Configuration(
        done: [UInt64](repeating: 0, count: events.count / 64 + 1), state: initial))
  }

  private static var visitedMax: Int { 300_000 }

  /// Depth-first, with a stack of its own.
  private mutating func search(_ first: Configuration) -> Verdict {
    var stack = [first]
    while let configuration = stack.popLast() {
      guard visited.count < Self.visitedMax else { return .undecided }
      guard visited.insert(configuration).inserted else { continue }
      let open = events.indices.filter { !isDone($0, configuration) }
      if open.allSatisfy({ events[$0].returned == nil }) { return .explained }
      let horizon = open.compactMap { events[$0].returned }.min() ?? .zero
      if let read = readThatFits(open, horizon, configuration) {
        stack.append(read)
        continue
      }
      // The first that returned is tried first, and last of all that some unknown one was applied.
      let candidates = open.filter { events[$0].called <= horizon }.sorted {
        (events[$0].returned ?? .seconds(Int64.max / 2), $0)
          > (events[$1].returned ?? .seconds(Int64.max / 2), $1)
      }
      for index in candidates {
        let event = events[index]
        guard let state = configuration.state.applying(event.operation, event.response) else {
          continue
        }
        // It may as well be applied later, or never.
        if event.returned == nil, state == configuration.state { continue }
        var done = configuration.done
        done[index / 64] |= 1 << UInt64(index % 64)
        stack.append(Configuration(done: done, state: state))
      }
    }
    return .unexplained
  }

  /// Where a read may come next and fits, no other order is needed: later ones would find it done already.
  private func readThatFits(
    _ open: [Int], _ horizon: Duration, _ configuration: Configuration
  ) -> Configuration? {
    for index in open where events[index].called <= horizon {
      let event = events[index]
      guard Model.isRead(event.operation),
        configuration.state.applying(event.operation, event.response) != nil
      else { continue }
      var done = configuration.done
      done[index / 64] |= 1 << UInt64(index % 64)
      return Configuration(done: done, state: configuration.state)
    }
    return nil
  }

  private func isDone(_ index: Int, _ configuration: Configuration) -> Bool {
    configuration.done[index / 64] & 1 << UInt64(index % 64) != 0
  }
}
