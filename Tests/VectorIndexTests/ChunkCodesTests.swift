import Model
import Testing
import VectorIndex

@Suite("Codes of a growing column")
struct ChunkCodesTests {
  @Test("full chunks of a column get codes after some searches, once, and for all copies")
  func chunks() async throws {
    let samples = Samples()
    let dimension = 4000
    var rows = column(samples.vectors(400, dimension: dimension), dimension: dimension)
    let copy = rows
    let chunk = try #require(rows.codableChunks.first)
    #expect(rows.codableChunks == [0..<256, 256..<384])
    let asked = (0..<100).filter { _ in rows.noteSearch(of: chunk) }
    #expect(asked.count == 1)
    #expect(rows.codes(of: chunk) == nil)
    try await rows.makeCodes(of: chunk, distance: .l2, among: [])
    for vector in samples.vectors(400, dimension: dimension) { rows.append(vector) }
    #expect(rows.codableChunks == [0..<256, 256..<512, 512..<768])
    let codes = try #require(copy.codes(of: chunk))
    #expect(codes.codes.count == chunk.count && codes.fine.rows == chunk)
    #expect(rows.codes(of: chunk) != nil && rows.codes(of: rows.codableChunks[1]) == nil)

    let query = samples.vector(dimension)
    // So many deviations that nothing is lost by chance.
    var search = CodeSearch(
      queries: [query], count: 3, distance: .l2, deviations: 7, candidatesMin: .max)
    let isReady = search.prepare(for: codes.codes)
    #expect(isReady)
    try await search.scan(codes.codes, codes.fine, rows: nil, part: 0)
    let expected = try await ExactSearch.nearest(
      to: [query], in: rows, rows: RowSet(count: chunk.count, filledWith: true), count: 3,
      distance: .l2)
    #expect(
      Set(search.candidates()[0].map(\.row)).isSuperset(of: expected[0].map(\.row)))
    let short = column(samples.vectors(50, dimension: 63), dimension: 63)
    #expect(short.codableChunks.isEmpty)
  }

  @Test("a chunk's codes grow with it, and older copies of the column read what they have of them")
  func growingChunk() async throws {
    let samples = Samples()
    let dimension = 64
    let vectors = samples.vectors(1000, dimension: dimension)
    var rows = column(Array(vectors[..<200]), dimension: dimension)
    #expect(rows.codableChunks == [0..<192])
    try await rows.makeCodes(of: 0..<192, distance: .l2, among: [])
    let older = rows
    // The first chunk is copied as it grows; too few rows are new then to ask for codes of them.
    for vector in vectors[200..<300] { rows.append(vector) }
    #expect(rows.codableChunks == [0..<256] && rows.codes(of: 0..<256)?.count == 192)
    #expect(!(0..<100).contains { _ in rows.noteSearch(of: 0..<256) })
    for vector in vectors[300...] { rows.append(vector) }
    let chunk = try #require(rows.codableChunks.first)
    #expect(chunk == 0..<960)
    #expect((0..<100).filter { _ in rows.noteSearch(of: chunk) }.count == 1)
    try await rows.makeCodes(of: chunk, distance: .l2, among: [])
    let grown = try #require(rows.codes(of: chunk))
    #expect(grown.count == 960)
    let basis = try #require(older.codes(of: 0..<192)?.codes.basis)
    #expect(CodeBasis.isSame(grown.codes.basis, basis))
    // Whoever was slower does not take the rows away again.
    try await rows.makeCodes(of: 0..<192, distance: .l2, among: [])
    #expect(rows.codes(of: chunk)?.count == 960)

    let query = samples.vector(dimension)
    for count in [200, 960] {
      var search = CodeSearch(
        queries: [query], count: 3, distance: .l2, deviations: 7, candidatesMin: .max)
      let isReady = search.prepare(for: grown.codes)
      #expect(isReady)
      let searched = RowSet(count: count, filledWith: true)
      try await search.scan(grown.codes, grown.fine, rows: searched, part: 0)
      let expected = try await ExactSearch.nearest(
        to: [query], in: rows, rows: searched, count: 3, distance: .l2)
      let found = search.candidates()[0].map(\.row)
      #expect(Set(found).isSuperset(of: expected[0].map(\.row)))
      #expect(found.allSatisfy { $0 < count })
    }
  }
}
