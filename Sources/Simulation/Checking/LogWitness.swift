import CommitLog
package import Engine
import Model

/// A request to a collection, and the position of the log that its answer names.
package struct PositionedEvent: Sendable {
  package let event: HistoryEvent<PlainCollection>
  /// Nil without an answer.
  package let position: UInt64?

  package init(_ event: HistoryEvent<PlainCollection>, position: UInt64?) {
    self.event = event
    self.position = position
  }
}

/// Explains every answer of a collection's servers by the one order that the log itself gives, and shows with
/// it that the history is linearizable. Takes about as many steps as there are requests: nothing is searched
/// but which of several requests that mean the same an operation came from.
///
/// The log tells only in which order requests were carried out, and which of those whose outcome is unknown;
/// what each of them does, and what may be answered, the plain list says. So every operation in the log is one
/// that a request, and a request of its own, means on the list as it is there; every acknowledged write is at
/// the position that its answer names; every answer fits the list at its position; no request comes before one
/// that was answered before it was sent.
package struct LogWitness {
  /// An entry of the log as it was created first: who creates its number once more, after it was collected,
  /// writes what nobody reads.
  package struct Entry: Sendable {
    package let number: UInt64
    package let created: Duration
    package let operations: [CollectionOperation]

    package init(number: UInt64, created: Duration, operations: [CollectionOperation]) {
      self.number = number
      self.created = created
      self.operations = operations
    }
  }

  private struct Configuration: Hashable {
    var state: PlainCollection
    /// Index of the position that is looked at.
    var index = 0
    /// Operations of its entry whose requests are found.
    var operations = 0
    var done: Set<Int> = []
    /// The latest moment at which one of those that are done was sent.
    var latest = Duration.zero

    func isFurther(than other: Configuration) -> Bool {
      (index, operations, done.count) > (other.index, other.operations, other.done.count)
    }
  }

  private let requests: [PositionedEvent]
  private let entries: [UInt64: Entry]
  /// Those of entries and answers, ascending.
  private let positions: [UInt64]
  /// Indices of the requests answered at a position, in the order in which they were sent.
  private let answered: [UInt64: [Int]]
  private let unknown: [Int]
  private var visited: Set<Configuration> = []
  private var furthest: Configuration

  private init(_ requests: [PositionedEvent], _ entries: [Entry], from start: PlainCollection) {
    let requests = requests.sorted { $0.event.called < $1.event.called }
    self.requests = requests
    self.entries = Dictionary(entries.map { ($0.number, $0) }) { first, _ in first }
    answered = Dictionary(grouping: requests.indices.filter { requests[$0].position != nil }) {
      requests[$0].position ?? 0
    }
    unknown = requests.indices.filter {
      requests[$0].position == nil && !PlainCollection.isRead(requests[$0].event.operation)
    }
    positions = Set(answered.keys).union(entries.map(\.number)).sorted()
    furthest = Configuration(state: start)
  }

  /// What of the history the log's order does not explain; nil if it explains everything.
  package static func problem(
    of requests: [PositionedEvent], with entries: [Entry], from start: PlainCollection
  ) -> String? {
    var witness = LogWitness(requests, entries, from: start)
    return witness.search(Configuration(state: start)) ? nil : witness.description
  }

  /// Depth-first, with a stack of its own.
  private mutating func search(_ first: Configuration) -> Bool {
    var stack = [first]
    while let configuration = stack.popLast() {
      if configuration.index == positions.count { return true }
      guard visited.insert(configuration).inserted else { continue }
      if configuration.isFurther(than: furthest) { furthest = configuration }
      stack += following(configuration)
    }
    return false
  }

  // MARK: Steps

  private func following(_ configuration: Configuration) -> [Configuration] {
    let position = positions[configuration.index]
    guard let entry = entries[position], configuration.operations < entry.operations.count else {
      return ended(configuration).map { [$0] } ?? []
    }
    let operation = entry.operations[configuration.operations]
    // Those that were answered are tried first, that is: come last.
    let candidates =
      unknown.filter { requests[$0].event.called <= entry.created } + (answered[position] ?? [])
    return candidates.filter { !configuration.done.contains($0) }.compactMap { index in
      let request = requests[index].event
      guard !PlainCollection.isRead(request.operation) else { return nil }
      if let meant = configuration.state.logged(request.operation) {
        guard Self.areSame(meant, operation) else { return nil }
        var next = placing(index, configuration)
        next?.operations += 1
        return next
      }
      // Decided within the entry, and nothing to be written.
      return requests[index].position == nil ? nil : placing(index, configuration)
    }
  }

  /// What is left at the position changes nothing and was answered from its state.
  private func ended(_ configuration: Configuration) -> Configuration? {
    var configuration = configuration
    for index in answered[positions[configuration.index]] ?? []
    where !configuration.done.contains(index) {
      guard configuration.state.logged(requests[index].event.operation) == nil,
        let next = placing(index, configuration)
      else { return nil }
      configuration = next
    }
    configuration.index += 1
    configuration.operations = 0
    return configuration
  }

  private func placing(_ index: Int, _ configuration: Configuration) -> Configuration? {
    let event = requests[index].event
    if let returned = event.returned, returned < configuration.latest { return nil }
    guard let state = configuration.state.applying(event.operation, event.response) else {
      return nil
    }
    var next = configuration
    next.state = state
    next.done.insert(index)
    next.latest = max(next.latest, event.called)
    return next
  }

  private static func areSame(_ a: CollectionOperation, _ b: CollectionOperation) -> Bool {
    if case .delete(let a) = a, case .delete(let b) = b { return Set(a) == Set(b) }
    return a == b
  }
}

// MARK: In words

extension LogWitness: CustomStringConvertible {
  /// Where the order leads no further, and all that was asked up to there.
  package var description: String {
    let position = positions[furthest.index]
    var lines = ["at position \(position) of the log:"]
    if let entry = entries[position], furthest.operations < entry.operations.count {
      lines.append(
        "  no request means operation \(furthest.operations) of the entry, created \(entry.created): "
          + "\(entry.operations[furthest.operations])")
    }
    for index in answered[position] ?? [] where !furthest.done.contains(index) {
      reason(index).map { lines.append("  \($0): \(line(index))") }
    }
    lines.append("all requests up to there:")
    for index in requests.indices where requests[index].position ?? 0 <= position {
      lines.append("  \(line(index))")
    }
    return lines.joined(separator: "\n")
  }

  private func reason(_ index: Int) -> String? {
    let event = requests[index].event
    if let returned = event.returned, returned < furthest.latest {
      return "answered from a state that had passed before it was asked for, or before its time"
    }
    if furthest.state.applying(event.operation, event.response) == nil {
      return "a wrong answer"
    }
    return furthest.state.logged(event.operation) == nil ? nil : "acknowledged, but not in the log"
  }

  private func line(_ index: Int) -> String {
    let (event, position) = (requests[index].event, requests[index].position)
    return "\(event.called) - \(event.returned.map { "\($0)" } ?? "?"), "
      + "\(position.map { "at \($0)" } ?? "unknown"): \(event.operation)"
      + " -> \(event.response.map { "\($0)" } ?? "?")"
  }
}
