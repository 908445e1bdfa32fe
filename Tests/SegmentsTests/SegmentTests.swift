import FilterIndex
import Model
import ObjectStore
import Segments
import Synchronization
import Testing
import VectorIndex

@Suite("A segment")
struct SegmentTests {
  /// Opens as another server would, with the cold parts in the bucket or in the local copy.
  private func open(
    _ built: BuiltSegment, on store: MemoryStore, isLocal: Bool
  ) async throws -> Segment {
    let limits = SegmentCacheLimits(workspaceBytes: isLocal ? .max : 0)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace(), limits: limits)
    guard isLocal else { return try await cache.open(built.summary, key: Samples.key) }
    return try await cache.adopt(built, key: Samples.key)
  }

  @Test("gives back what was put in", arguments: [0, 1, 7, 64, 500], [false, true])
  func roundTrip(count: Int, isLocal: Bool) async throws {
    let rows = Samples.rows(count, seed: UInt64(count))
    let built = try Samples.build(rows)
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let segment = try await open(built, on: store, isLocal: isLocal)
    #expect(try await segment.allRows() == rows)
    for (row, sample) in rows.enumerated() {
      #expect(segment.row(of: sample.id) == row)
      #expect(segment.hasDocument(row) == (sample.document != nil))
      #expect(segment.documentBytes(row) == sample.document?.utf8Count ?? 0)
    }
    #expect(segment.row(of: "nobody") == nil)
    let ids = rows.reversed().map(\.id) + ["nobody"] + rows.prefix(3).map(\.id)
    #expect(segment.rows(of: ids) == ids.map { segment.row(of: $0) })
    #expect(segment.observedKeys.allSatisfy { !$0.key.hasPrefix("chroma:") })

    var seen: [(Int, Text?)] = []
    try await segment.forEachDocument(in: RowSet(count: count, filledWith: true)) { row, bytes in
      seen.append((row, bytes.flatMap { Text(utf8: $0) }))
    }
    #expect(seen.map(\.0) == Array(0..<count))
    #expect(seen.map(\.1) == rows.map(\.document))

    let vectors = Mutex<[[Float]]>([])
    try await segment.forEachVectorPiece(rows: nil) { range, column throws(SegmentError) in
      for row in 0..<range.count { vectors.withLock { $0.append(column[row]) } }
    }
    #expect(vectors.withLock { $0 } == rows.map(\.vector))
  }

  @Test("documents are given in the order asked for, also twice", arguments: [false, true])
  func documentsInOrder(isLocal: Bool) async throws {
    let rows = Samples.rows(80, seed: 4)
    let built = try Samples.build(rows)
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let segment = try await open(built, on: store, isLocal: isLocal)
    let asked = [79, 3, 40, 3, 0, 78, 79] + Array((0..<80).reversed())
    #expect(try await segment.documents(asked) == asked.map { rows[$0].document })
    #expect(try await segment.documents([]) == [])
    for row in rows.indices {
      #expect(segment.storedMetadata(row).metadata == rows[row].metadata)
    }
  }

  @Test("is opened by one ranged GET, and a document is one more")
  func requests() async throws {
    let built = try Samples.build(Samples.rows(300, seed: 5))
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let metered = MeteredStore(store, clock: SystemServerClock())
    let cache = SegmentCache(
      store: metered, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
    let segment = try await cache.open(built.summary, key: Samples.key)
    #expect(metered.metrics.get.calls == 1)
    _ = try await segment.documents([7, 8, 9])
    #expect(metered.metrics.get.calls == 2)
    #expect(try await cache.open(built.summary, key: Samples.key) === segment)
    #expect(metered.metrics.get.calls == 2)
  }

  @Test(
    "a byte that was changed anywhere is noticed and named, and never believed",
    arguments: [false, true])
  func everyByte(hasCodes: Bool) async throws {
    let rows = Samples.rows(12, seed: 9)
    let built = try Samples.build(rows, codes: hasCodes ? Samples.basis(dimension: 3) : nil)
    for at in built.bytes.indices {
      var bytes = built.bytes
      bytes[at] ^= 1 << UInt8(at % 8)
      let store = Samples.store()
      _ = try await store.put(Samples.key, bytes)
      do throws(SegmentError) {
        let cache = SegmentCache(
          store: store, workspace: MemoryWorkspace(),
          limits: SegmentCacheLimits(workspaceBytes: 0))
        let segment = try await cache.open(built.summary, key: Samples.key)
        try await segment.verify()
        Issue.record("a change of byte \(at) of \(bytes.count) was not noticed")
      } catch {
        guard case .damaged(Samples.key, _) = error else {
          Issue.record("byte \(at): \(error)")
          continue
        }
      }
    }
  }

  @Test(
    "a row that is not what its checksums say is found, however it came to that",
    arguments: ["", "record", "document", "vector", "none"])
  func wrongRow(wrong: String) async throws {
    var builder = SegmentBuilder(id: UniqueID(high: 1, low: 2), dimension: 2, hashSeed: 7)
    let vector: [Float] = [0.5, -1]
    let text = Array("a document".utf8)
    let document = CRC32C.checksum(text)
    let vectorSum = vector.withUnsafeBytes { CRC32C.checksum($0) }
    let record = RecordChecksum.of(
      offset: 3, id: "id", uri: nil, metadata: Metadata(), document: document, vector: vectorSum)
    let checksums = RowChecksums(
      record: record ^ (wrong == "record" ? 1 : 0),
      document: wrong == "none" ? nil : document ^ (wrong == "document" ? 1 : 0),
      vector: vectorSum ^ (wrong == "vector" ? 1 : 0))
    try vector.withUnsafeBufferPointer { vector in
      try text.withUnsafeBufferPointer { text in
        try builder.append(
          offset: 3, id: "id", vector: vector, document: text, uri: nil, metadata: Metadata(),
          checksums: checksums)
      }
    }
    let built = builder.finish()
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace())
    let segment = try await cache.open(built.summary, key: Samples.key)
    guard !wrong.isEmpty else { return try await segment.verify() }
    let error = await #expect(throws: SegmentError.self) { try await segment.verify() }
    guard case .damaged(Samples.key, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("one that was cut short, or is not there, says so")
  func cutShort() async throws {
    let built = try Samples.build(Samples.rows(40, seed: 3))
    for length in stride(from: 0, to: built.bytes.count, by: 97) {
      let store = Samples.store()
      _ = try await store.put(Samples.key, Array(built.bytes[..<length]))
      await #expect(throws: SegmentError.self) {
        try await open(built, on: store, isLocal: false)
      }
    }
    do {
      _ = try await open(built, on: Samples.store(), isLocal: false)
      Issue.record("a missing object was opened")
    } catch SegmentError.missing(let key) {
      #expect(key == Samples.key)
    }
  }

  @Test("random bytes in what is always read give an error, and never a trap")
  func hostile() async throws {
    let random = SeededRandomSource(seed: 4)
    let basis = Samples.basis(dimension: 3)
    for (round, built) in try [nil, basis].map({
      try Samples.build(Samples.rows(20, seed: 4), codes: $0)
    })
    .flatMap({ Array(repeating: $0, count: 1000) }).enumerated() {
      // The first of either kind is left as it is.
      if round % 1000 == 0 { continue }
      var bytes = built.bytes
      for _ in 0..<1 + random.next(below: 4) {
        let span = UInt64(bytes.count - built.summary.hotOffset)
        let at = built.summary.hotOffset + Int(random.next(below: span))
        bytes[at] = UInt8(random.next(below: 256))
      }
      let store = Samples.store()
      _ = try await store.put(Samples.key, bytes)
      _ = try? await open(built, on: store, isLocal: false)
    }
  }

  @Test("gives vectors in place where all are in memory, and else not", arguments: [0, 1, 2])
  func vectorsInPlace(kind: Int) async throws {
    let rows = Samples.rows(300, dimension: 70, seed: 3)
    let built = try Samples.build(rows, dimension: 70)
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    // The second has memory for little, the third no room for a copy.
    let limits = SegmentCacheLimits(
      memoryBytes: kind == 1 ? 1 : .max, workspaceBytes: kind == 2 ? 0 : .max)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace(), limits: limits)
    let segment =
      kind == 2
      ? try await cache.open(built.summary, key: Samples.key)
      : try await cache.adopt(built, key: Samples.key)
    let wanted = [299, 0, 17, 17, 130]
    var found = [[Float]](repeating: [], count: wanted.count)
    let areAtHand = segment.forEachVectorAtHand(wanted) { index, vector in
      found[index] = Array(vector)
    }
    #expect(areAtHand == (kind == 0))
    if areAtHand { #expect(found == wanted.map { rows[$0].vector }) }
    #expect(try await segment.vectors(wanted) == wanted.map { rows[$0].vector })
    #expect(!segment.forEachVectorAtHand([300]) { _, _ in })
    #expect(!segment.forEachVectorAtHand([-1]) { _, _ in })
  }

  @Test(
    "has codes where it was made with them, wherever they are, in the rows' order or another",
    arguments: [false, true], [false, true])
  func codes(isLocal: Bool, areOrdered: Bool) async throws {
    var rows = Samples.rows(2500, dimension: 70, seed: 12)
    // Groups, so that there is something to put in order.
    for row in rows.indices {
      rows[row].vector = rows[row].vector.map { $0 * 0.5 }
      rows[row].vector[row % 25] += 6
    }
    let basis = Samples.basis(dimension: 70, isUnit: true)
    var builder = try Samples.builder(rows, dimension: 70, codes: basis)
    if areOrdered { try await builder.makeOrder() }
    let built = builder.finish()
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    // Memory for little, so that codes are read in pieces.
    let limits = SegmentCacheLimits(memoryBytes: 1, workspaceBytes: isLocal ? .max : 0)
    let cache = SegmentCache(store: store, workspace: MemoryWorkspace(), limits: limits)
    let segment =
      isLocal
      ? try await cache.adopt(built, key: Samples.key)
      : try await cache.open(built.summary, key: Samples.key)
    let codes = try #require(segment.codes)
    #expect(CodeBasis.isSame(codes.basis, basis))
    #expect((codes.order != nil) == areOrdered)
    #expect(try await segment.allRows() == rows)

    let queries = [rows[7].vector, rows[2499].vector]
    var search = CodeSearch(queries: queries, count: 5, distance: .cosine)
    let isReady = search.prepare(for: codes)
    #expect(isReady)
    let selected = RowSet(count: 2500, words: (0..<40).map { _ in 0xffff_0000_ffff_ffff })
    var seen = 0
    for piece in await segment.finePieces(rows: selected) {
      #expect(piece.rows.lowerBound == seen && piece.isLocal == isLocal)
      seen = piece.rows.upperBound
      let fine = try await segment.fineCodes(of: piece)
      try await search.scan(codes, fine, rows: selected, part: 3)
      segment.release(piece)
    }
    #expect(seen == 2500)
    var column = VectorColumn(dimension: 70)
    for row in rows { column.append(row.vector) }
    let expected = try await ExactSearch.nearest(
      to: queries, in: column, rows: selected, count: 5, distance: .cosine)
    for (list, candidates) in zip(expected, search.candidates()) {
      #expect(candidates.allSatisfy { $0.part == 3 && selected[$0.row] })
      #expect(Set(candidates.map(\.row)).isSuperset(of: list.map(\.row)))
    }
  }

  @Test("that was made without codes has none, and is searched all the same")
  func withoutCodes() async throws {
    let built = try Samples.build(Samples.rows(9, seed: 2))
    let segment = try await open(built, on: Samples.store(), isLocal: true)
    #expect(segment.codes == nil && segment.fineCodesAtHand == nil)
    #expect(await segment.finePieces(rows: nil).isEmpty)
  }

  @Test("the same rows give the same bytes", arguments: [false, true])
  func golden(hasCodes: Bool) async throws {
    let built = try Samples.build(
      Samples.rows(2, dimension: 2, seed: 1), dimension: 2,
      codes: hasCodes ? Samples.basis(dimension: 2) : nil)
    let text = built.bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
    #expect(text == (hasCodes ? GoldenSegment.withWordsAndCodes : GoldenSegment.withWords))
  }

  @Test(
    "an old segment stays readable",
    arguments: [
      (GoldenSegment.hexadecimal, false, false), (GoldenSegment.withCodes, true, false),
      (GoldenSegment.withWords, false, true),
      (GoldenSegment.withWordsAndCodesInHalves, true, true),
      (GoldenSegment.withWordsAndCodesWithFactors, true, true),
      (GoldenSegment.withWordsAndCodes, true, true),
    ])
  func old(hexadecimal: String, hasCodes: Bool, hasWords: Bool) async throws {
    var bytes: [UInt8] = []
    var digits = hexadecimal[...]
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      bytes.append(byte)
      digits = digits.dropFirst(2)
    }
    let store = Samples.store()
    _ = try await store.put(Samples.key, bytes)
    let cache = SegmentCache(
      store: store, workspace: MemoryWorkspace(), limits: SegmentCacheLimits(workspaceBytes: 0))
    let segment = try await cache.open(try Samples.summary(of: bytes), key: Samples.key)
    #expect(try await segment.allRows() == Samples.rows(2, dimension: 2, seed: 1))
    #expect((segment.codes != nil) == hasCodes)
    if let codes = segment.codes {
      var search = CodeSearch(
        queries: [Samples.rows(2, dimension: 2, seed: 1)[1].vector], count: 1, distance: .l2)
      let isReady = search.prepare(for: codes)
      #expect(isReady)
      for piece in await segment.finePieces(rows: nil) {
        try await search.scan(codes, try await segment.fineCodes(of: piece), rows: nil, part: 0)
      }
      #expect(search.candidates()[0].map(\.row) == [1])
    }
    try await segment.verify()
    let filter = try CompiledFilter(.documentContains("h\u{e9} 4", negated: false))
    let all = RowSet(count: 2, filledWith: true)
    #expect(try await filter.rows(of: segment, among: all).memberCount == 2)
    let other = try CompiledFilter(.documentContains("4h", negated: false))
    #expect(try await other.bounds(of: segment, among: all).possible.isEmpty == hasWords)
  }

  @Test("documents are looked up by their words, wherever these are", arguments: [false, true])
  func words(isLocal: Bool) async throws {
    let rows = Samples.rows(700, seed: 8)
    let built = try Samples.build(rows)
    let bucket = Samples.store()
    _ = try await bucket.put(Samples.key, built.bytes)
    let store = MeteredStore(bucket, clock: SystemServerClock())
    let cache = SegmentCache(
      store: store, workspace: MemoryWorkspace(),
      limits: SegmentCacheLimits(workspaceBytes: isLocal ? .max : 0))
    let segment =
      isLocal
      ? try await cache.adopt(built, key: Samples.key)
      : try await cache.open(built.summary, key: Samples.key)
    let all = RowSet(count: 700, filledWith: true)
    for (text, readsDocuments) in [
      ("3", true), ("h\u{e9}", false), ("h\u{e9} 4 h", true), ("none", false),
    ] {
      let filter = try CompiledFilter(.documentContains(Text(text), negated: false))
      let before = store.metrics.get.calls
      let bounds = try await filter.bounds(of: segment, among: all)
      // The words, and their rows.
      #expect(store.metrics.get.calls - before <= (isLocal ? 0 : 2))
      #expect(bounds.undecided.isEmpty != readsDocuments)
      let right = rows.indices.filter { rows[$0].document?.string.contains(text) ?? false }
      #expect(Array(try await filter.rows(of: segment, among: all)) == right)
    }
  }

  @Test("of few rows the documents are read, not the words of all")
  func fewCandidates() async throws {
    let rows = Samples.rows(700, seed: 8)
    let built = try Samples.build(rows)
    let store = Samples.store()
    _ = try await store.put(Samples.key, built.bytes)
    let segment = try await open(built, on: store, isLocal: true)
    let filter = try CompiledFilter(.documentContains("none", negated: false))
    let all = RowSet(count: 700, filledWith: true)
    #expect(try await filter.bounds(of: segment, among: all).possible.isEmpty)
    let short = try #require(rows.firstIndex { ($0.document?.utf8Count ?? .max) < 8 })
    var one = RowSet(count: 700, filledWith: false)
    one[short] = true
    #expect(try await filter.bounds(of: segment, among: one).possible == one)
    #expect(try await filter.rows(of: segment, among: one).isEmpty)
  }
}
