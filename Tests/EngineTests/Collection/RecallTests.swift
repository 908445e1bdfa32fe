import Engine
import Model
import Segments
import Testing
import VectorIndex

@Suite("Recall of a collection's own vectors") struct RecallTests {
  private func filled(_ count: Int, dimension: Int) async throws -> Twins {
    let random = seededSource("recall")
    var twins = Twins()
    var policy = CodePolicy(distance: .l2)
    policy.rowsMin = 500
    twins.codes = policy
    for start in stride(from: 0, to: count, by: 1000) {
      try await twins.run(
        .upsert(
          batch(
            (start..<min(start + 1000, count)).map { number in
              Row(
                Text("id\(number)"), (0..<dimension).map { _ in Float(random.nextUnit()) }, nil, [])
            })))
      if start % 4000 == 3000 { try await twins.flush(random) }
    }
    try await twins.run(try delete(ids: (0..<100).map { Text("id\($0 * 7)") }))
    return twins
  }

  private func recall(
    _ twins: Twins, _ sampleCount: Int, effort: Float = 1
  ) async throws -> RecallAnswer {
    try await twins.follower.measureRecall(
      RecallRequest(count: 10, sampleCount: sampleCount, effort: effort), distance: .l2,
      clock: SystemServerClock())
  }

  @Test("samples are as many as are asked for, or all that there are")
  func samples() async throws {
    let twins = try await filled(1500, dimension: 4)
    for count in [1, 10, 500, 1400, 10_000] {
      let answer = try await recall(twins, count)
      #expect(answer.sampleCount == min(count, 1400) && answer.recordCount == 1400)
      #expect(answer.recall == 1)
    }
    let empty = try await recall(Twins(), 10)
    #expect(empty.recall == nil && empty.sampleCount == 0)
  }

  @Test("a query finds nearly all that exact search finds, with more effort no fewer")
  func effects() async throws {
    let twins = try await filled(8000, dimension: 96)
    #expect(twins.follower.segments.contains { $0.segment.codes != nil })
    let usual = try #require(try await recall(twins, 40).recall)
    #expect(usual >= 0.99 && usual <= 1)
    #expect(try #require(try await recall(twins, 40, effort: 100).recall) >= usual)
    #expect(try #require(try await recall(twins, 40, effort: 0).recall) <= usual)
  }

  @Test("the effort of a search grows with what is asked for, within bounds")
  func effort() {
    let efforts: [Float] = [0, 0.1, 0.5, 0.99, 1, 1.01, 2, 5, 10, 1000, 1e30]
    let deviations = efforts.map { CodeSearch.deviations(effort: $0) }
    #expect(zip(deviations, deviations.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(deviations.first == 2 && deviations.last == 4)
    #expect(CodeSearch.deviations(effort: 1) == CodeSearch.deviationsDefault)
    #expect(CodeSearch.deviations(effort: .nan) >= 2 && CodeSearch.deviations(effort: -1) == 2)
    let patience = efforts.map { CodeSearch.patience(effort: $0) }
    #expect(zip(patience, patience.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(patience.first == 0.1 && patience[4] == 0.5 && patience[6] == 1 && patience.last == 1)
    #expect(CodeSearch.patience(effort: .nan) == 0.1 && CodeSearch.patience(effort: -1) == 0.1)
  }
}
