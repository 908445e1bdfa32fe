import Engine
import Model
import Simulation
import Testing

@Suite("An order of all requests, by the log")
struct LogWitnessTests {
  private typealias Operation = PlainCollection.Operation
  private typealias Response = PlainCollection.Response

  private func request(
    _ operation: Operation, _ seconds: ClosedRange<Int64>, at position: UInt64?,
    _ response: Response = .done
  ) -> PositionedEvent {
    PositionedEvent(
      HistoryEvent(
        operation, called: .seconds(seconds.lowerBound),
        returned: position == nil ? nil : .seconds(seconds.upperBound),
        response: position == nil ? nil : response),
      position: position)
  }

  private func upsert(_ id: Text, _ value: Float = 1) -> [PlainChange] {
    [PlainChange(id: id, vector: [value])]
  }

  private func entry(
    _ number: UInt64, _ created: Int64, _ operations: CollectionOperation...
  ) -> LogWitness.Entry {
    LogWitness.Entry(number: number, created: .seconds(created), operations: operations)
  }

  private func problem(_ requests: [PositionedEvent], _ entries: [LogWitness.Entry]) -> String? {
    LogWitness.problem(of: requests, with: entries, from: PlainCollection(distance: .l2))
  }

  /// "a" and "b" written one after the other.
  private var pair: (requests: [PositionedEvent], entries: [LogWitness.Entry]) {
    (
      [
        request(.upsert(upsert("a")), 0...2, at: 1), request(.upsert(upsert("b")), 3...5, at: 2),
      ],
      [entry(1, 1, .upsert(upsert("a").batch)), entry(2, 4, .upsert(upsert("b").batch))]
    )
  }

  @Test("right answers are explained")
  func explained() {
    let requests =
      pair.requests + [
        request(.count, 0...1, at: 0, .count(0)), request(.count, 3...4, at: 1, .count(1)),
        request(.count, 6...7, at: 2, .count(2)),
        request(.add(upsert("a", 9)), 8...9, at: 2),
        request(.deleteWhere(ids: ["c"], nil, limit: nil), 8...9, at: 2, .deleted(0)),
      ]
    #expect(problem(requests, pair.entries) == nil)
    #expect(problem([], []) == nil)
  }

  @Test("an answer that is not that of its position is wrong")
  func wrongAnswer() {
    let requests = pair.requests + [request(.count, 6...7, at: 2, .count(1))]
    #expect(problem(requests, pair.entries)?.contains("a wrong answer") == true)
    let deletion = request(.deleteWhere(ids: ["c"], nil, limit: nil), 6...7, at: 2, .deleted(1))
    #expect(problem(pair.requests + [deletion], pair.entries)?.contains("wrong answer") == true)
  }

  @Test("an answer from before a write that was acknowledged before the question is wrong")
  func stale() {
    let requests = pair.requests + [request(.count, 6...7, at: 1, .count(1))]
    #expect(problem(requests, pair.entries)?.contains("a state that had passed") == true)
  }

  @Test("an answer that tells of what was asked for only later is wrong")
  func early() {
    let requests = pair.requests + [request(.count, 1...2, at: 2, .count(2))]
    #expect(problem(requests, pair.entries)?.contains("before its time") == true)
  }

  @Test("a write that is acknowledged and not in the log is lost")
  func lost() {
    let (requests, entries) = pair
    #expect(problem(requests, [entries[0]])?.contains("not in the log") == true)
    #expect(problem(requests, [entries[1]])?.contains("not in the log") == true)
    #expect(
      problem(requests, [entry(1, 1, .upsert(upsert("a").batch), .upsert(upsert("b").batch))])?
        .contains("no request means") == true)
  }

  @Test("an operation that nobody asked for, or not so, or only once, is noticed")
  func foreign() {
    let (requests, entries) = pair
    for operation: CollectionOperation in [
      .delete(["a"]), .upsert(upsert("c").batch), .upsert(upsert("b").batch), .seal,
    ] {
      #expect(
        problem(requests, entries + [entry(3, 7, operation)])?.contains("no request means") == true)
    }
  }

  @Test("a write whose outcome is unknown was carried out once, later than its call, or never")
  func unknown() {
    let (requests, entries) = pair
    let again = requests + [request(.upsert(upsert("c")), 6...6, at: nil)]
    let logged = CollectionOperation.upsert(upsert("c").batch)
    #expect(problem(again, entries) == nil)
    #expect(problem(again, entries + [entry(3, 9, logged)]) == nil)
    #expect(problem(again, entries + [entry(3, 5, logged)]) != nil)
    #expect(problem(again, entries + [entry(3, 9, logged), entry(4, 10, logged)]) != nil)
  }

  @Test("a delete means what is there when it is carried out")
  func deletions() {
    let (requests, entries) = pair
    let deletion = Operation.deleteWhere(ids: ["b", "a"], nil, limit: 1)
    let answered = requests + [request(deletion, 6...8, at: 3, .deleted(1))]
    #expect(problem(answered, entries + [entry(3, 7, .delete(["a"]))]) == nil)
    #expect(problem(answered, entries + [entry(3, 7, .delete(["b"]))]) != nil)
  }

  @Test("which of two deletes that mean the same it was is told by what comes later")
  func ambiguity() {
    let requests = [
      request(.upsert(upsert("a")), 0...2, at: 1),
      request(.deleteWhere(ids: ["a"], nil, limit: nil), 3...3, at: nil),
      request(.delete(ids: ["a", "b"]), 3...3, at: nil),
      request(.upsert(upsert("a", 2) + upsert("b")), 3...7, at: 3),
    ]
    for last: [Text] in [["a"], ["a", "b"]] {
      let log = [
        entry(1, 1, .upsert(upsert("a").batch)), entry(2, 4, .delete(["a"])),
        entry(3, 6, .upsert((upsert("a", 2) + upsert("b")).batch)), entry(4, 8, .delete(last)),
      ]
      #expect(problem(requests, log) == nil)
      #expect(problem(requests, log + [entry(5, 9, .delete(["b"]))]) != nil)
    }
  }

  @Test("requests of one entry may come in any order that fits their answers")
  func withinEntry() {
    let requests = [
      request(.deleteWhere(ids: ["a"], nil, limit: nil), 0...5, at: 1, .deleted(0)),
      request(.upsert(upsert("a")), 0...5, at: 1), request(.count, 2...5, at: 1, .count(1)),
    ]
    let log = [entry(1, 3, .upsert(upsert("a").batch))]
    #expect(problem(requests, log) == nil)
    // Not, where the delete was sent after the write was answered.
    let later = request(.deleteWhere(ids: ["a"], nil, limit: nil), 6...7, at: 1, .deleted(0))
    #expect(problem(requests.dropFirst() + [later], log) != nil)
  }
}
