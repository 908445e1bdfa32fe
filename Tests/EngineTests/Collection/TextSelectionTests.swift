import Engine
import FilterIndex
import Model
import Testing

@Suite("Documents that are looked up by their words")
struct TextSelectionTests {
  private static let words = [
    "water", "the", "Water", "under", "underwater", "x", "水", "snow", "snowfall", "of", "a", "to",
    "b2",
  ]

  /// The records of a collection in the order of insertion.
  private struct Plain {
    var rows: [Row] = []
    var places: [Text: Int] = [:]

    mutating func upsert(_ row: Row) {
      if let place = places[row.id] {
        rows[place].vector = row.vector
        rows[place].document = row.document ?? rows[place].document
        for entry in row.metadata.entries { rows[place].metadata[entry.key] = entry.value }
      } else {
        places[row.id] = rows.count
        rows.append(row)
      }
    }

    mutating func remove(_ ids: Set<Text>) {
      rows.removeAll { ids.contains($0.id) }
      places = Dictionary(
        uniqueKeysWithValues: rows.enumerated().map { ($0.element.id, $0.offset) })
    }
  }

  private func row(_ random: any RandomSource) -> Row {
    let count = Int(random.next(below: 12))
    let separators = [" ", " ", " ", "-", ", ", "\n"]
    var text = ""
    for _ in 0..<count {
      // Low numbers come more often.
      let word = Self.words[
        Int(random.next(below: random.next(below: UInt64(Self.words.count)) + 1))]
      text += word + random.pick(separators)
    }
    return Row(
      Text("id\(random.next(below: 9000))"), [Float(random.nextUnit()), Float(random.nextUnit())],
      random.next(below: 8) == 0 ? nil : Text(text),
      [("group", .int(Int64(random.next(below: 3))))])
  }

  private func filter(_ random: any RandomSource, depth: Int = 1) -> Filter {
    switch random.next(below: depth > 0 ? 9 : 6) {
    case 0, 1: return .documentContains(Text(random.pick(Self.words)), negated: random.flip())
    case 2: return .documentContains(Text(" \(random.pick(Self.words)) "), negated: false)
    case 3:
      return .documentContains(
        Text("\(random.pick(Self.words)) \(random.pick(Self.words))"), negated: random.flip())
    case 4: return .documentMatches(pattern: "sno.fall|under", negated: random.flip())
    case 5: return .documentMatches(pattern: "under *w", negated: random.flip())
    case 6: return .all([filter(random, depth: 0), .compare(key: "group", .equal(.int(1)))])
    case 7: return .all([filter(random, depth: 0), filter(random, depth: 0)])
    default: return .any([filter(random, depth: 0), filter(random, depth: 0)])
    }
  }

  private func checkGet(
    _ twins: Twins, _ filter: Filter, _ right: [Row], _ random: any RandomSource
  ) async throws {
    let (offset, limit) = random.pick([(0, 10), (0, 1), (7, 300), (50, 3), (0, 100_000), (0, 0)])
    let found = try await twins.follower.rows(
      GetRequest(
        selection: RecordSelection(filter: filter), limit: limit, offset: offset, fields: []))
    #expect(found.map(\.id) == right.dropFirst(offset).prefix(limit).map(\.id), "\(filter)")
    let all = try await twins.follower.rows(
      GetRequest(selection: RecordSelection(filter: filter), fields: []))
    #expect(all.map(\.id) == right.map(\.id), "\(filter)")
  }

  private func checkQuery(
    _ twins: Twins, _ filter: Filter, _ right: [Row], _ random: any RandomSource
  ) async throws {
    let queries = (0..<2).map { _ in [Float(random.nextUnit()), Float(random.nextUnit())] }
    let count = random.pick([1, 10, 700])
    let found = try await twins.follower.query(
      QueryRequest(
        embeddings: queries, count: count, selection: RecordSelection(filter: filter), fields: []),
      distance: .l2)
    for (query, list) in zip(queries, found) {
      func distance(_ row: Row) -> Double {
        zip(query, row.vector).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      }
      let nearest = right.map(distance).sorted().prefix(count)
      #expect(list.count == nearest.count, "\(filter)")
      let ids = Set(right.map(\.id))
      #expect(list.allSatisfy { ids.contains($0.record.id) }, "\(filter)")
      #expect(zip(list, nearest).allSatisfy { abs(Double($0.distance) - $1) < 1e-5 }, "\(filter)")
    }
  }

  @Test(
    "in segments, in chunks of the tail and in changed records, all are found and no others",
    arguments: [false, true])
  func differential(opensFromBucket: Bool) async throws {
    let random = seededSource("text selection \(opensFromBucket)")
    var twins = Twins()
    twins.opensFromBucket = opensFromBucket
    var plain = Plain()
    for step in 0..<10 {
      let rows = (0..<1500).map { _ in row(random) }
      try await twins.run(.upsert(batch(rows)))
      for row in rows { plain.upsert(row) }
      let doomed = (0..<200).map { _ in Text("id\(random.next(below: 9000))") }
      try await twins.run(try delete(ids: doomed))
      plain.remove(Set(doomed))
      // What follows is left in the tail.
      if step == 2 || step == 4 { try await twins.flush(random) }
      if step == 4 { try await twins.merge(random) }
      for _ in 0..<12 {
        let filter = filter(random)
        let compiled = try CompiledFilter(filter)
        let right = plain.rows.filter {
          compiled.matches(metadata: $0.metadata, document: $0.document, uri: nil)
        }
        try await checkGet(twins, filter, right, random)
        try await checkQuery(twins, filter, right, random)
      }
    }
  }

  @Test("a deletion by a text takes the first records that have it")
  func deletion() async throws {
    let random = seededSource("text deletion")
    var twins = Twins()
    var plain = Plain()
    let rows = (0..<3000).map { _ in row(random) }
    try await twins.run(.upsert(batch(rows)))
    for row in rows { plain.upsert(row) }
    try await twins.flush(random)
    let filter = Filter.documentContains(" the ", negated: false)
    let doomed = plain.rows.filter { $0.document?.string.contains(" the ") ?? false }.prefix(70)
    #expect(doomed.count == 70)
    try await twins.run(try delete(where: filter, limit: 70))
    plain.remove(Set(doomed.map(\.id)))
    #expect(try await twins.rows().map(\.id) == plain.rows.map(\.id))
  }
}
