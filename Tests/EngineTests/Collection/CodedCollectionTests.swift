import Engine
import Model
import ObjectStore
import Segments
import Testing
import VectorIndex

@Suite("A collection whose segments have codes")
struct CodedCollectionTests {
  private static let dimension = 72

  private struct Kept {
    var vector: [Float]
    var group: Int64
  }

  private func vector(
    _ random: any RandomSource, scale: Double = 1, dimension: Int = Self.dimension
  ) -> [Float] {
    (0..<dimension).map { _ in Float((random.nextUnit() * 2 - 1) * scale) }
  }

  /// Near one of few centres, at a length of its own.
  private func vector(
    near centres: [[Float]], _ random: any RandomSource, spread: Double = 0.6,
    lengths: ClosedRange<Double> = 0.5...1.5
  ) -> [Float] {
    let centre = centres[Int(random.next(below: UInt64(centres.count)))]
    let length = Float(
      lengths.lowerBound + random.nextUnit() * (lengths.upperBound - lengths.lowerBound))
    let noise = vector(random, scale: spread, dimension: centre.count)
    return zip(centre, noise).map { ($0 + $1) * length }
  }

  private func change(
    _ twins: inout Twins, _ kept: inout [Text: Kept], _ centres: [[Float]],
    _ random: any RandomSource, spread: Double = 0.6, lengths: ClosedRange<Double> = 0.5...1.5
  ) async throws {
    let rows = (0..<1500).map { _ in
      Row(
        Text("id\(random.next(below: 9000))"),
        vector(near: centres, random, spread: spread, lengths: lengths), nil,
        [("group", .int(Int64(random.next(below: 4))))])
    }
    try await twins.run(.upsert(batch(rows)))
    for row in rows {
      guard case .int(let group) = row.metadata["group"] else { continue }
      kept[row.id] = Kept(vector: row.vector, group: group)
    }
    // Metadata alone: the vectors stay where they are, in rows of segments that are dead otherwise.
    let moved =
      rows.prefix(40).map(\.id) + (0..<40).map { _ in Text("id\(random.next(below: 9000))") }
    try await twins.run(
      .update(
        RecordBatch(
          ids: moved, embeddings: nil, documents: nil, uris: nil,
          metadatas: moved.map { _ in MetadataChange([.init(key: "group", value: .int(9))]) })))
    for id in moved { kept[id]?.group = 9 }
    let doomed = (0..<300).map { _ in Text("id\(random.next(below: 9000))") }
    try await twins.run(try delete(ids: doomed))
    for id in doomed { kept[id] = nil }
  }

  private func distance(_ a: [Float], _ b: [Float], _ distance: Distance) -> Double {
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return switch distance {
    case .l2: dot(a, a) + dot(b, b) - 2 * dot(a, b)
    case .innerProduct: 1 - dot(a, b)
    case .cosine: 1 - dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
  }

  /// - Returns: How many of the true neighbours were found, and how many there are.
  private func check(
    _ state: CollectionState, _ kept: [Text: Kept], _ query: [Float], _ group: Int64?,
    _ measure: Distance
  ) async throws -> (hits: Int, all: Int) {
    let filter: Filter? = group.map { .compare(key: "group", .equal(.int($0))) }
    let matches = try await state.query(
      QueryRequest(
        embeddings: [query], count: 10, selection: RecordSelection(filter: filter),
        fields: [.embeddings, .metadatas]), distance: measure)[0]
    let passing = kept.filter { group == nil || $0.value.group == group }
    let nearest = passing.map { (id: $0.key, distance: distance($0.value.vector, query, measure)) }
      .sorted { $0.distance < $1.distance }.prefix(10)
    #expect(matches.count == nearest.count)
    for match in matches {
      let record = try #require(passing[match.record.id])
      #expect(match.record.embedding == record.vector)
      let exact = distance(record.vector, query, measure)
      #expect(abs(exact - Double(match.distance)) < 1e-4 * max(1, abs(exact)))
    }
    #expect(zip(matches, matches.dropFirst()).allSatisfy { $0.distance <= $1.distance })
    let found = Set(matches.map(\.record.id))
    return (found.intersection(nearest.map(\.id)).count, nearest.count)
  }

  @Test(
    "finds the nearest records, wherever they are, and tells their exact distances",
    arguments: [Distance.l2, .cosine, .innerProduct], [false, true])
  func differential(measure: Distance, opensFromBucket: Bool) async throws {
    let random = seededSource("coded collection \(measure) \(opensFromBucket)")
    var twins = Twins()
    twins.opensFromBucket = opensFromBucket
    var policy = CodePolicy(distance: measure)
    policy.rowsMin = 500
    twins.codes = policy
    var kept: [Text: Kept] = [:]
    var centres = (0..<5).map { _ in vector(random) }
    var (hits, all, coded) = (0, 0, 0)
    for step in 0..<12 {
      // Newer records are elsewhere, so that codes need another centre.
      if step == 6 { centres = centres.map { $0.map { $0 + 0.4 } } }
      try await change(&twins, &kept, centres, random)
      if random.next(below: 4) > 0 { try await twins.flush(random) }
      if random.flip() {
        try await twins.flush(random)
        try await twins.merge(random)
      }
      coded += twins.follower.segments.count { $0.segment.codes != nil }
      for group in [nil, nil, 1, 9] as [Int64?] {
        let query = vector(near: centres, random)
        let found = try await check(twins.follower, kept, query, group, measure)
        hits += found.hits
        all += found.all
      }
    }
    #expect(coded > 6)
    #expect(Double(hits) >= 0.99 * Double(all), "\(hits) of \(all)")
    #expect(try await twins.rows().count == kept.count)
  }

  @Test(
    "finds the nearest of wide vectors, of which most are told to be too far away by a part of their codes",
    arguments: [Distance.l2, .cosine], [false, true])
  func wide(measure: Distance, withClusters: Bool) async throws {
    let random = seededSource("wide collection \(measure) \(withClusters)")
    var twins = Twins()
    var policy = CodePolicy(distance: measure)
    policy.rowsMin = 500
    policy.clusterRowsMin = withClusters ? 4_500 : .max
    policy.clusterProbesMin = 30
    twins.codes = policy
    var kept: [Text: Kept] = [:]
    let centres = (0..<60).map { _ in vector(random, dimension: 720) }
    var (hits, all, withRests, clustered) = (0, 0, 0, 0)
    for step in 0..<8 {
      try await change(&twins, &kept, centres, random, spread: 0.3)
      try await twins.flush(random)
      // Two at a time.
      while step % 2 == 1, twins.follower.segments.count > 1 { try await twins.merge(random) }
      for part in twins.follower.segments {
        if part.segment.codes?.layout == .withRests { withRests += 1 }
        if try part.segment.clustersAtHand() != nil { clustered += 1 }
      }
      for group in [nil, nil, 1] as [Int64?] {
        let found = try await check(
          twins.follower, kept, vector(near: centres, random, spread: 0.3), group, measure)
        hits += found.hits
        all += found.all
      }
    }
    #expect(withRests > 1 && (clustered > 1) == withClusters)
    #expect(Double(hits) >= (withClusters ? 0.95 : 0.99) * Double(all), "\(hits) of \(all)")
    #expect(try await twins.rows().count == kept.count)
  }

  @Test(
    "finds the nearest records by clusters, too", arguments: [Distance.l2, .cosine])
  func clusters(measure: Distance) async throws {
    let random = seededSource("clustered collection \(measure)")
    var twins = Twins()
    var policy = CodePolicy(distance: measure)
    policy.rowsMin = 500
    policy.clusterRowsMin = 1_000
    policy.clusterProbesMin = 30
    twins.codes = policy
    var kept: [Text: Kept] = [:]
    let centres = (0..<60).map { _ in vector(random) }
    var (hits, all, clustered) = (0, 0, 0)
    for step in 0..<8 {
      try await change(&twins, &kept, centres, random, spread: 0.3)
      try await twins.flush(random)
      if step % 2 == 1 { try await twins.merge(random) }
      for part in twins.follower.segments where try part.segment.clustersAtHand() != nil {
        clustered += 1
      }
      for group in [nil, nil, nil, 1] as [Int64?] {
        let found = try await check(
          twins.follower, kept, vector(near: centres, random, spread: 0.3), group, measure)
        hits += found.hits
        all += found.all
      }
    }
    #expect(clustered > 4)
    #expect(Double(hits) >= 0.97 * Double(all), "\(hits) of \(all)")
    #expect(try await twins.rows().count == kept.count)
  }

  @Test(
    "finds the nearest records where codes have an order of their own, too",
    arguments: [Distance.l2, .cosine], [1, 12])
  func ordered(measure: Distance, dimensions: Int) async throws {
    let random = seededSource("ordered collection \(measure) \(dimensions)")
    let dimension = dimensions * 64
    var twins = Twins()
    var policy = CodePolicy(distance: measure)
    policy.rowsMin = 500
    policy.orderRowsMin = 600
    twins.codes = policy
    var kept: [Text: Kept] = [:]
    let centres = (0..<60).map { _ in vector(random, dimension: dimension) }
    var (hits, all, withOrder) = (0, 0, 0)
    for step in 0..<8 {
      // Of very different lengths they would have none.
      try await change(&twins, &kept, centres, random, spread: 0.3, lengths: 0.9...1.1)
      try await twins.flush(random)
      if step % 2 == 1 { try await twins.merge(random) }
      withOrder += twins.follower.segments.count { $0.segment.codes?.order != nil }
      for group in [nil, nil, nil, 1] as [Int64?] {
        let found = try await check(
          twins.follower, kept, vector(near: centres, random, spread: 0.3), group, measure)
        hits += found.hits
        all += found.all
      }
    }
    #expect(withOrder > 4)
    #expect(Double(hits) >= 0.98 * Double(all), "\(hits) of \(all)")
    #expect(try await twins.rows().count == kept.count)
  }

  @Test(
    "a query that is equally near to all records is answered with the oldest of them, wherever they are, and others of its request as usual",
    arguments: [Distance.innerProduct, .cosine], [false, true])
  func equallyNear(measure: Distance, opensFromBucket: Bool) async throws {
    let random = seededSource("equally near \(measure) \(opensFromBucket)")
    var twins = Twins()
    twins.opensFromBucket = opensFromBucket
    var policy = CodePolicy(distance: measure)
    policy.rowsMin = 500
    policy.orderRowsMin = 3_500
    twins.codes = policy
    var kept: [Text: Kept] = [:]
    let centres = (0..<60).map { _ in vector(random) }
    func insert(_ names: Range<Int>) async throws {
      // All of the same length, so that they have an order.
      let rows = names.map { name in
        let near = vector(near: centres, random, spread: 0.3)
        let length = near.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Row(
          Text("id\(name)"), near.map { $0 / length }, nil, [("group", .int(Int64(name % 3)))])
      }
      try await twins.run(.upsert(batch(rows)))
      for (name, row) in zip(names, rows) {
        kept[row.id] = Kept(vector: row.vector, group: Int64(name % 3))
      }
    }
    let zero = [Float](repeating: 0, count: Self.dimension)
    var (hits, all) = (0, 0)
    func search(_ group: Int64?) async throws {
      let selection = RecordSelection(
        filter: group.map { .compare(key: "group", .equal(.int($0))) })
      let other = vector(near: centres, random, spread: 0.3)
      let lists = try await twins.follower.query(
        QueryRequest(
          embeddings: [zero, other, zero], count: 20, selection: selection, fields: []),
        distance: measure)
      let oldest = try await twins.follower.get(
        GetRequest(selection: selection, limit: 20, fields: []))
      for list in [lists[0], lists[2]] {
        #expect(list.map(\.record.id) == oldest.map(\.id))
        #expect(list.allSatisfy { $0.distance == 1 })
      }
      let nearest = kept.filter { group == nil || $0.value.group == group }
        .map { (id: $0.key, distance: distance($0.value.vector, other, measure)) }
        .sorted { $0.distance < $1.distance }.prefix(20)
      let found = Set(lists[1].map(\.record.id))
      #expect(found.count == 20 && lists[1].count == 20)
      hits += found.intersection(nearest.map(\.id)).count
      all += 20
    }
    for (number, size) in [7_000, 4_000, 2_500, 3_000].enumerated() {
      try await insert(number * 10_000..<number * 10_000 + size)
      // What is newest stays in the tail, and gets codes there. A good order fails its trial now and then.
      let before = twins
      for _ in 0..<(number < 3 ? 9 : 0) {
        twins = before
        try await twins.flush(random)
        if number == 2 || twins.follower.segments[number].segment.codes?.order != nil { break }
      }
      for group in [nil, 1] as [Int64?] { try await search(group) }
    }
    let segments = twins.follower.segments.map(\.segment)
    #expect(segments.map { $0.codes?.order != nil } == [true, true, false])
    #expect(segments[2].codes != nil)
    for _ in 0..<40 { try await search(nil) }
    // The oldest are elsewhere, with their vectors or without, and some of the others go.
    let changed = (0..<30).map { Text("id\($0)") }
    try await twins.run(
      .update(
        RecordBatch(
          ids: changed, embeddings: nil, documents: nil, uris: nil,
          metadatas: changed.map { _ in MetadataChange([.init(key: "group", value: .int(2))]) })))
    for id in changed { kept[id]?.group = 2 }
    try await insert(10..<20)
    let doomed = (10_000..<12_000).map { Text("id\($0)") }
    try await twins.run(try delete(ids: doomed))
    for id in doomed { kept[id] = nil }
    for group in [nil, 2, 1, nil] as [Int64?] { try await search(group) }
    #expect(Double(hits) >= 0.97 * Double(all), "\(hits) of \(all)")
  }

  @Test(
    "a tail that has been searched often is searched by codes, and answers as before",
    arguments: [Distance.l2, .cosine, .innerProduct])
  func tail(measure: Distance) async throws {
    // Long vectors, so that few of them fill a chunk.
    let dimension = 1000
    let random = seededSource("coded tail \(measure)")
    func vector() -> [Float] { (0..<dimension).map { _ in Float(random.nextUnit() * 2 - 1) } }
    var twins = Twins()
    var kept: [Text: Kept] = [:]
    func insert(_ names: Range<Int>) async throws {
      let rows = names.map { Row(Text("id\($0)"), vector(), nil, [("group", .int(0))]) }
      try await twins.run(.upsert(batch(rows)))
      for row in rows { kept[row.id] = Kept(vector: row.vector, group: 0) }
    }
    var (hits, all) = (0, 0)
    func search(_ rounds: Int) async throws {
      for _ in 0..<rounds {
        let found = try await check(
          twins.follower, kept, vector(), random.flip() ? 0 : nil, measure)
        hits += found.hits
        all += found.all
      }
    }
    try await insert(0..<2600)
    try await search(24)
    // Some go, some change, more come: what was coded stays as it is.
    let doomed = (0..<400).map { _ in Text("id\(random.next(below: 2500))") }
    try await twins.run(try delete(ids: doomed))
    for id in doomed { kept[id] = nil }
    try await insert(900..<1100)
    let earlier = (state: twins.follower, kept: kept)
    try await insert(2600..<3200)
    try await search(24)
    // A state from before the last rows came has none of them, though it shares codes with them.
    for _ in 0..<8 {
      let found = try await check(earlier.state, earlier.kept, vector(), nil, measure)
      hits += found.hits
      all += found.all
    }
    #expect(Double(hits) >= 0.99 * Double(all), "\(hits) of \(all)")
  }

  @Test("a query of segments in the bucket reads their codes, and then few vectors")
  func cold() async throws {
    let random = seededSource("cold codes")
    let store = MeteredStore(
      MemoryStore { StoreTime(millisecondsSince1970: 1_800_000_000_000) },
      clock: SystemServerClock())
    let cache = SegmentCache(
      store: store, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
    let centres = (0..<5).map { _ in vector(random) }
    var state = CollectionState(id: .zero)
    var parts: [SegmentPart] = []
    var kept: [Text: Kept] = [:]
    for segment in 0..<3 {
      let rows = (0..<2500).map {
        Row(Text("id\(segment)-\($0)"), vector(near: centres, random))
      }
      for row in rows { kept[row.id] = Kept(vector: row.vector, group: 0) }
      var payload = BinaryWriter()
      _ = try await state.decide(.add(batch(rows)), into: &payload)
      let built = try #require(
        try await state.buildTailSegment(
          id: .random(from: random), hashSeed: 1, codes: CodePolicy(distance: .l2)))
      _ = try await store.put("\(segment)", built.bytes)
      let opened = try await cache.open(built.summary, key: "\(segment)")
      parts.append(
        SegmentPart(segment: opened, dead: RowSet(count: 2500, filledWith: false)))
      state = CollectionState(
        id: .zero, dimension: Self.dimension, nextOffset: state.nextOffset, liveChecksum: 0,
        isSealed: false, parts: parts)
    }
    let before = store.metrics.get.calls
    let query = QueryRequest(
      embeddings: [vector(near: centres, random)], count: 10, selection: RecordSelection(),
      fields: [])
    let matches = try await state.query(query, distance: .l2)[0]
    // One for the codes of each segment, all at once, then those for few more vectors than are wanted, all at once:
    // how many depends on which codes came first.
    #expect(store.metrics.get.calls - before <= 3 + 2 * 10)
    let nearest = kept.values.map { distance($0.vector, query.embeddings[0], .l2) }.sorted()
    #expect(matches.count == 10)
    for (match, exact) in zip(matches.prefix(3), nearest) {
      #expect(abs(Double(match.distance) - exact) < 1e-3 * exact)
    }
  }
}
