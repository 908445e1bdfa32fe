import Engine
import FilterIndex
import Model
import Testing

/// A list of rows, and loops over it.
private struct PlainRecords {
  var rows: [Row] = []

  func index(of id: Text) -> Int? { rows.firstIndex { $0.id == id } }

  mutating func upsert(_ new: [Row], inserts: Bool) {
    for row in new {
      guard let index = index(of: row.id) else {
        if inserts { rows.append(row) }
        continue
      }
      if !row.vector.isEmpty { rows[index].vector = row.vector }
      rows[index].document = row.document ?? rows[index].document
      rows[index].uri = row.uri ?? rows[index].uri
      for entry in row.metadata.entries { rows[index].metadata[entry.key] = entry.value }
    }
  }

  func matching(_ ids: [Text]?, _ filter: Filter?) throws -> [Row] {
    let compiled = try filter.map { try CompiledFilter($0) }
    return rows.filter { row in
      guard ids?.contains(row.id) ?? true else { return false }
      return compiled?.matches(metadata: row.metadata, document: row.document, uri: row.uri) ?? true
    }
  }
}

@Suite("A collection whose records are in segments and a tail")
struct SegmentedCollectionTests {
  private static let keys: [Text] = ["a", "b", "n"]

  private func metadata(_ random: any RandomSource) -> [(Text, MetadataValue)] {
    Self.keys.compactMap { key in
      switch random.next(below: 7) {
      case 0: (key, .int(Int64(random.next(below: 5))))
      case 1: (key, .float(Double(random.next(below: 9)) / 2))
      case 2: (key, .string(Text("v\(random.next(below: 4))")))
      case 3: (key, .bool(random.flip()))
      case 4: (key, .ints([Int64(random.next(below: 4)), Int64(random.next(below: 4))]))
      default: nil
      }
    }
  }

  private func row(_ random: any RandomSource) -> Row {
    Row(
      Text("id\(random.next(below: 40))"),
      [Float(random.next(below: 50)), Float(random.next(below: 50))],
      random.flip() ? Text("word\(random.next(below: 6)) and word\(random.next(below: 6))") : nil,
      uri: random.next(below: 4) == 0 ? Text("u\(random.next(below: 3))") : nil, metadata(random))
  }

  private func filter(_ random: any RandomSource, depth: Int = 2) -> Filter {
    let key = Self.keys[Int(random.next(below: 3))]
    switch random.next(below: depth > 0 ? 12 : 9) {
    case 0: return .compare(key: key, .equal(.int(Int64(random.next(below: 5)))))
    case 1: return .compare(key: key, .notEqual(.string(Text("v\(random.next(below: 4))"))))
    case 2: return .compare(key: key, .less(.float(Double(random.next(below: 9)) / 2)))
    case 3: return .compare(key: key, .greaterOrEqual(.int(Int64(random.next(below: 5)))))
    case 4: return .compare(key: key, .isIn([.float(1), .float(2.5)]))
    case 5:
      return .listContains(
        key: key, element: .int(Int64(random.next(below: 4))), negated: random.flip())
    case 6:
      return .documentContains(Text("word\(random.next(below: 6))"), negated: random.flip())
    case 7: return .documentMatches(pattern: "word[0-2] and", negated: random.flip())
    case 8: return .compare(key: "chroma:uri", .equal(.string("u1")))
    case 9: return .all([filter(random, depth: depth - 1), filter(random, depth: depth - 1)])
    default: return .any([filter(random, depth: depth - 1), filter(random, depth: depth - 1)])
    }
  }

  private func update(_ rows: [Row]) -> RecordBatch {
    let withVector = rows.enumerated().filter { !$0.offset.isMultiple(of: 2) }
    var slots = [Int32](repeating: -1, count: rows.count)
    for (slot, item) in withVector.enumerated() { slots[item.offset] = Int32(slot) }
    return RecordBatch(
      ids: rows.map(\.id),
      embeddings: withVector.isEmpty
        ? nil
        : EmbeddingColumn(
          dimension: 2, components: withVector.flatMap { $0.element.vector }, slots: slots),
      documents: rows.map(\.document), uris: rows.map(\.uri),
      metadatas: rows.map { row in
        row.metadata.isEmpty
          ? nil : MetadataChange(row.metadata.entries.map { .init(key: $0.key, value: $0.value) })
      })
  }

  private func step(
    _ twins: inout Twins, _ plain: inout PlainRecords, _ random: any RandomSource
  ) async throws {
    let rows = random.list(upTo: 6) { row(random) }
    switch random.next(below: 9) {
    case 0...1:
      try await twins.run(.upsert(batch(rows)))
      plain.upsert(rows, inserts: true)
    case 2:
      try await twins.run(.add(batch(rows)))
      for row in rows where plain.index(of: row.id) == nil { plain.rows.append(row) }
    case 3...4:
      var changed = rows
      for index in changed.indices where index.isMultiple(of: 2) { changed[index].vector = [] }
      try await twins.run(.update(update(rows)))
      plain.upsert(changed, inserts: false)
    case 5:
      let ids = rows.map(\.id)
      try await twins.run(try delete(ids: ids))
      plain.rows.removeAll { ids.contains($0.id) }
    case 6:
      let condition = filter(random)
      let limit = random.flip() ? Int(random.next(below: 3)) : nil
      let doomed = try plain.matching(nil, condition).prefix(limit ?? .max).map(\.id)
      // On the follower's own state: where its records are must make no difference.
      var copy = twins.follower
      var payload = BinaryWriter()
      let outcome = try await copy.decide(
        try delete(where: condition, limit: limit), into: &payload)
      #expect(outcome == .deleted(doomed.count))
      try await twins.run(try delete(where: condition, limit: limit))
      plain.rows.removeAll { doomed.contains($0.id) }
    case 7: try await twins.flush(random)
    default:
      try await twins.flush(random)
      try await twins.merge(random)
    }
  }

  private func checkReads(
    _ twins: Twins, _ plain: PlainRecords, _ random: any RandomSource
  ) async throws {
    let condition = random.flip() ? filter(random) : nil
    let ids = random.flip() ? (0..<12).map { _ in Text("id\(random.next(below: 40))") } : nil
    let selection = RecordSelection(ids: ids, filter: condition)
    let expected = try plain.matching(ids, condition)
    let offset = Int(random.next(below: 4))
    let limit = random.flip() ? Int(random.next(below: 8)) : nil
    let page = try await twins.follower.rows(
      GetRequest(
        selection: selection, limit: limit, offset: offset,
        fields: [.embeddings, .documents, .metadatas, .uris]
      ))
    #expect(page == Array(expected.dropFirst(offset).prefix(limit ?? .max)))

    let query: [Float] = [Float(random.next(below: 50)), Float(random.next(below: 50))]
    let count = Int(random.next(below: 12))
    let matches = try await twins.follower.query(
      QueryRequest(
        embeddings: [query], count: count, selection: selection,
        fields: [.embeddings, .documents, .metadatas, .uris]), distance: .l2)
    func distance(_ row: Row) -> Float {
      let (x, y) = (row.vector[0] - query[0], row.vector[1] - query[1])
      return x * x + y * y
    }
    let nearest = expected.map(distance).sorted().prefix(count)
    #expect(matches[0].map(\.distance) == Array(nearest))
    for match in matches[0] {
      let row = Row(match.record)
      #expect(plain.rows.contains(row))
      #expect(distance(row) == match.distance)
    }
  }

  @Test(
    "answers do not depend on where the records are", arguments: [false, true])
  func differential(opensFromBucket: Bool) async throws {
    let random = seededSource("segmented collection \(opensFromBucket)")
    for _ in 0..<25 {
      var twins = Twins()
      twins.opensFromBucket = opensFromBucket
      var plain = PlainRecords()
      for _ in 0..<120 {
        try await step(&twins, &plain, random)
        try await checkReads(twins, plain, random)
      }
      #expect(try await twins.rows() == plain.rows)
    }
  }

  @Test("records of many segments are each read from their own", arguments: [false, true])
  func manySegments(opensFromBucket: Bool) async throws {
    let random = seededSource("many segments")
    var twins = Twins()
    twins.opensFromBucket = opensFromBucket
    var rows: [Row] = []
    for segment in 0..<13 {
      let added = (0..<3).map { index in
        let number = segment * 3 + index
        return Row(
          Text("id\(number)"), [Float(number), 0], Text("document \(number)"),
          [("n", .int(Int64(number)))])
      }
      try await twins.run(.add(batch(added)))
      try await twins.flush(random)
      rows += added
    }
    #expect(twins.follower.segments.count == 13)
    let fields: RecordFields = [.embeddings, .documents, .metadatas, .uris]
    let matches = try await twins.follower.query(
      QueryRequest(
        embeddings: [[0, 0]], count: rows.count, selection: RecordSelection(), fields: fields),
      distance: .l2)
    #expect(matches[0].map { Row($0.record) } == rows)
    let all = try await twins.follower.rows(
      GetRequest(selection: RecordSelection(), fields: fields))
    #expect(all == rows)
  }
}
