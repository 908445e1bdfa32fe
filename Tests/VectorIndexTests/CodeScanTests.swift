import Model
import Testing
import VectorIndex

@Suite("A scan of codes in several places or pieces")
struct CodeScanTests {
  @Test(
    "lists of what is put off that are full at the end of a place are looked at in the next",
    arguments: [1, 3])
  func fullAtTheEnd(queryCount: Int) async throws {
    let samples = Samples("fullAtTheEnd")
    let dimension = 64
    // Random signs are all about as far away, so that nearly all rows are put off.
    func signs(_ count: Int, shift: Float) -> [[Float]] {
      (0..<count).map { _ in
        (0..<dimension).map { _ in (samples.int(below: 2) == 0 ? Float(1) : -1) + shift }
      }
    }
    let sizes: [(Int, Float)] = [(9_800, 0), (3_000, 0.3), (300, 0.3), (9_000, 0)]
    let columns = sizes.map { column(signs($0.0, shift: $0.1), dimension: dimension) }
    let places = try columns.map { try CodedRows($0, distance: .l2) }
    let queries = (0..<queryCount).map { samples.vector(dimension, scale: $0 == 0 ? 0.01 : 1) }
    var search = CodeSearch(queries: queries, count: 10, distance: .l2, deviations: 12)
    try await search.scan(
      places.enumerated().map { part, rows in
        CodeSearch.CodedRows(codes: rows.codes, fine: rows.fine, rows: nil, part: part)
      })
    for (query, candidates) in zip(queries, search.candidates()) {
      var distances: [(place: [Int], distance: Float)] = []
      for (part, column) in columns.enumerated() {
        for row in 0..<column.count {
          let distance = ExactDistances.from(query, to: column[row], distance: .l2)
          distances.append(([part, row], distance))
        }
      }
      distances.sort { $0.distance < $1.distance }
      let found = Set(candidates.map { [$0.part, $0.row] })
      #expect(found.count == candidates.count)
      let last = distances[9].distance
      #expect(distances.allSatisfy { $0.distance >= last || found.contains($0.place) })
      #expect(distances.count { $0.distance <= last && found.contains($0.place) } >= 10)
    }
  }

  @Test(
    "fine codes that come in pieces are searched as if they came at once", arguments: [1, 3, 20])
  func pieces(queryCount: Int) async throws {
    let samples = Samples("pieces")
    let (dimension, count) = (64, 12_000)
    let pieceRows = 64 * 38
    let coded = try CodedRows(
      column(samples.vectors(count, dimension: dimension), dimension: dimension), distance: .l2)
    let queries = (0..<queryCount).map { _ in samples.vector(dimension) }
    for filter in [nil, samples.rowSet(count: count, density: 0.5)] {
      let expected = try await ExactSearch.nearest(
        to: queries, in: coded.column, rows: filter, count: 10, distance: .l2)
      var search = CodeSearch(queries: queries, count: 10, distance: .l2, deviations: 4)
      // The last pieces first, so that nothing depends on their order.
      for start in stride(from: 4 * pieceRows, through: 0, by: -pieceRows) {
        let rows = start..<min(start + pieceRows, count)
        try await search.scan(coded.codes, coded.fine(rows), rows: filter, part: start)
      }
      for (candidates, expected) in zip(search.candidates(), expected) {
        let found = Set(candidates.map(\.row))
        #expect(candidates.allSatisfy { ($0.part..<$0.part + pieceRows).contains($0.row) })
        #expect(found.count == candidates.count)
        #expect(found.isSuperset(of: expected.map(\.row)))
      }
    }
  }
}
