import Engine
import Model
import Testing

/// Copies of a state share one table of ids.
@Suite("Finding the records of a tail by their ids")
struct IDLookupTests {
  private func get(_ ids: [Text], in state: CollectionState) async throws -> [Row] {
    try await state.rows(
      GetRequest(
        selection: RecordSelection(ids: ids),
        fields: [.embeddings, .documents, .metadatas, .uris]))
  }

  private func run(_ command: CollectionCommand, on state: inout CollectionState) async throws {
    var payload = BinaryWriter()
    _ = try await state.decide(command, into: &payload)
  }

  @Test("copies that go their own ways find their own records, whoever came first")
  func ways() async throws {
    let random = seededSource("ways of copies")
    let ids = (0..<200).map { Text("id\($0)") }
    for _ in 0..<10 {
      var ways = [(state: CollectionState(id: .zero), vectors: [Text: Float]())]
      for _ in 0..<120 {
        var (state, vectors) = ways[Int(random.next(below: UInt64(ways.count)))]
        let chosen = Set(random.list(upTo: 40) { ids[Int(random.next(below: 200))] }).sorted()
        let value = Float(random.next(below: 1000))
        if random.next(below: 3) > 0 {
          let rows = chosen.map { Row($0, [value]) }
          try await run(.add(batch(rows)), on: &state)
          vectors.merge(chosen.map { ($0, value) }) { old, _ in old }
        } else {
          try await run(try delete(ids: chosen), on: &state)
          for id in chosen { vectors[id] = nil }
        }
        // Most go on from the newest, which shares its table; some from older ones, which do not.
        if ways.count == 4 { ways.remove(at: Int(random.next(below: 4))) }
        ways.append((state, vectors))
        for (state, vectors) in ways {
          let found = try await get(ids, in: state)
          let expected = vectors.map { Row($0.key, [$0.value]) }
          #expect(Set(found) == Set(expected) && found.count == expected.count)
          #expect(state.count == vectors.count)
        }
      }
    }
  }

  @Test("readers find what their copy has, and nothing that is added meanwhile")
  func readers() async throws {
    let ids = (0..<4000).map { Text("id\($0)") }
    var state = CollectionState(id: .zero)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for start in stride(from: 0, to: ids.count, by: 50) {
        let rows = ids[start..<start + 50].map { Row($0, [1]) }
        try await run(.add(batch(rows)), on: &state)
        group.addTask { [state] in
          let asked = ids[max(0, start - 300)..<min(ids.count, start + 400)]
          let found = try await get(Array(asked), in: state)
          return found.map(\.id) == ids[max(0, start - 300)..<start + 50].map { $0 }
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }

  @Test("writers that go on from one state at the same time have nothing of each other's")
  func writers() async throws {
    var state = CollectionState(id: .zero)
    try await run(.add(batch(Row("first", [0]))), on: &state)
    for round in 0..<300 {
      try await withThrowingTaskGroup(of: CollectionState.self) { group in
        for writer in 0..<2 {
          group.addTask { [state] in
            var own = state
            for step in 0..<4 {
              let rows = (0..<3).map { Row(Text("\(round) \(writer) \(step) \($0)"), [1]) }
              try await run(.add(batch(rows)), on: &own)
            }
            return own
          }
        }
        for try await own in group {
          let ids = try await own.rows().map(\.id)
          #expect(ids.count == own.count)
          #expect(try await get(ids, in: own).map(\.id) == ids)
          let others = (0..<2).flatMap { writer in
            (0..<4).flatMap { step in (0..<3).map { Text("\(round) \(writer) \(step) \($0)") } }
          }
          #expect(try await get(others, in: own).count == 12)
          if round.isMultiple(of: 3) { state = own }
        }
      }
    }
  }

  @Test("an id that comes and goes again and again is found when it is there")
  func toggled() async throws {
    var state = CollectionState(id: .zero)
    try await run(.add(batch((0..<100).map { Row(Text("other\($0)"), [0]) })), on: &state)
    for round in 0..<2000 {
      try await run(.add(batch(Row("a", [Float(round)]))), on: &state)
      #expect(try await get(["a"], in: state) == [Row("a", [Float(round)])])
      try await run(try delete(ids: ["a"]), on: &state)
      #expect(try await get(["a"], in: state).isEmpty)
    }
    #expect(state.count == 100)
    // However often it is asked for, and whatever was deleted before.
    let asked = [Text](repeating: "a", count: 20_000) + ["other7"]
    #expect(try await get(asked, in: state).map(\.id) == ["other7"])
  }
}
