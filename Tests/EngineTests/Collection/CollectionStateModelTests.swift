import Engine
import Model
import Testing

/// The plainest collection there can be: a list of rows.
private struct PlainCollection {
  var rows: [Row] = []

  private func index(of id: Text) -> Int? { rows.firstIndex { $0.id == id } }

  mutating func add(_ new: [Row]) {
    for row in new where index(of: row.id) == nil { rows.append(row) }
  }

  mutating func upsert(_ new: [Row]) {
    for row in new {
      guard let index = index(of: row.id) else {
        rows.append(row)
        continue
      }
      rows[index].vector = row.vector
      rows[index].document = row.document ?? rows[index].document
      rows[index].uri = row.uri ?? rows[index].uri
      for entry in row.metadata.entries { rows[index].metadata[entry.key] = entry.value }
    }
  }

  mutating func delete(_ ids: [Text]) { rows.removeAll { ids.contains($0.id) } }
}

@Suite("A collection beside the plainest one there can be")
struct CollectionStateModelTests {
  private func randomRows(_ random: any RandomSource, ids: UInt64) -> [Row] {
    random.list(upTo: 8) {
      Row(
        Text("id\(random.next(below: ids))"), [Float(random.next(below: 100)), random.float()],
        random.flip() ? random.text() : nil, uri: random.flip() ? random.text() : nil,
        random.flip() ? [(random.text(), random.value())] : [])
    }
  }

  @Test("random commands leave the same records in the same order, on writer and follower")
  func randomCommands() async throws {
    let random = seededSource("random commands")
    for _ in 0..<20 {
      var twins = Twins()
      var plain = PlainCollection()
      for step in 0..<200 {
        let rows = randomRows(random, ids: 30)
        switch random.next(below: 3) {
        case 0:
          try await twins.run(.add(batch(rows)))
          plain.add(rows)
        case 1:
          try await twins.run(.upsert(batch(rows)))
          plain.upsert(rows)
        default:
          try await twins.run(try delete(ids: rows.map(\.id)))
          plain.delete(rows.map(\.id))
        }
        if step.isMultiple(of: 20) { #expect(try await twins.rows() == plain.rows) }
      }
      #expect(try await twins.rows() == plain.rows)
    }
  }

  @Test("compaction keeps records, order, vectors, dimension and observed keys")
  func compaction() async throws {
    let random = seededSource("compaction")
    var twins = Twins()
    var plain = PlainCollection()
    let base = (0..<400).map {
      Row(
        Text("id\($0)"), [Float($0), 0], Text("d\($0)"), [("k", .int(1)), ("early", .bool(true))])
    }
    try await twins.run(.add(batch(base)))
    plain.add(base)
    // 400 records, and 6,000 vectors that others replace: compacted after each 1,424 that are unused.
    for round in 0..<60 {
      let start = Int(random.next(below: 300))
      let changed = (start..<start + 100).map {
        Row(Text("id\($0)"), [Float(round), Float($0)], nil, [("k", .int(Int64(round)))])
      }
      try await twins.run(.upsert(batch(changed)))
      plain.upsert(changed)
      if round.isMultiple(of: 10) {
        let gone = (0..<20).map { _ in Text("id\(random.next(below: 400))") }
        try await twins.run(try delete(ids: gone))
        plain.delete(gone)
      }
    }
    #expect(try await twins.rows() == plain.rows)
    #expect(twins.writer.dimension == 2)
    // Nobody has named this one since before the first compaction.
    let early = ObservedKey(key: "early", type: .bool)
    #expect(twins.writer.observedKeys == [ObservedKey(key: "k", type: .int), early])

    let request = QueryRequest(
      embeddings: [[59, 200]], count: 5, selection: RecordSelection(), fields: [.embeddings])
    let nearest = try await twins.follower.query(request, distance: .l2)
    func distance(_ row: Row) -> Float {
      let (x, y) = (row.vector[0] - 59, row.vector[1] - 200)
      return x * x + y * y
    }
    let expected = plain.rows.map(distance).sorted().prefix(5)
    #expect(nearest[0].map(\.distance) == Array(expected))
    for match in nearest[0] { #expect(distance(Row(match.record)) == match.distance) }

    try await twins.run(try delete(ids: plain.rows.map(\.id)))
    #expect(try await twins.rows().isEmpty)
    try await twins.run(.add(batch(Row("id7", [1, 2]))))
    #expect(try await twins.rows() == [Row("id7", [1, 2])])
  }

  @Test(
    "get pages through the order of insertion without a gap or a repetition", arguments: [1, 7, 50])
  func paging(size: Int) async throws {
    var twins = Twins()
    try await twins.run(.add(batch((0..<50).map { Row(Text("id\($0)"), [1]) })))
    try await twins.run(try delete(ids: (0..<50).filter { $0 % 3 == 0 }.map { Text("id\($0)") }))
    let all = try await twins.rows()
    var paged: [Row] = []
    while true {
      let page = try await twins.follower.rows(
        GetRequest(
          selection: RecordSelection(), limit: size, offset: paged.count, fields: [.embeddings]))
      guard !page.isEmpty else { break }
      #expect(page.count <= size)
      paged += page
    }
    #expect(paged == all)
  }
}
