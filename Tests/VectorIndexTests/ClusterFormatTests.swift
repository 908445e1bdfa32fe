import Model
import Testing
import VectorIndex

@Suite("The section of clusters")
struct ClusterFormatTests {
  /// Two clusters of vectors with two components, written as docs/FORMAT.md says.
  private func section(
    _ rows: [[UInt32]], _ encoder: CodeEncoder, probes: UInt32 = 1
  ) throws -> [UInt8] {
    var centres = CodeEncoder(
      basis: CodeBasis(centre: [0, 0], isUnit: false), distance: .l2)
    for centre: [Float] in [[-5, 0], [5, 0]] {
      centre.withUnsafeBufferPointer { centres.append($0) }
    }
    let codes = centres.finish()
    var encoder = encoder
    let rowCodes = encoder.finish().coarse
    // Kind, width, seed, what screens are relative to and the centre take 52 bytes, the codes and screens of a block of 64 rows of
    // width 64 take 704, and their factors 768.
    let screen = Array(rowCodes[16..<44])
    let block = Array(rowCodes[64..<768])
    let factors = Array(rowCodes[768..<1536])
    var writer = BinaryWriter()
    func pad() { while writer.count % 64 != 0 { writer.write(UInt8(0)) } }
    for number: UInt32 in [3, 2, 2, probes, probes] { writer.write(number) }
    writer.write(raw: screen)
    pad()
    writer.write(raw: codes.coarse)
    pad()
    writer.write(raw: codes.fine)
    pad()
    for list in rows { writer.write(UInt32(list.count)) }
    pad()
    for list in rows {
      for row in list { writer.write(row) }
      for _ in list.count..<64 { writer.write(UInt32.max) }
    }
    pad()
    // All rows are in both clusters, in their order: both have the block that the rows have.
    for _ in rows { writer.write(raw: block) }
    for _ in rows { writer.write(raw: factors) }
    return writer.bytes
  }

  @Test("is read as docs/FORMAT.md has it")
  func reading() async throws {
    let vectors: [[Float]] = [
      [-5, 1], [-4, -1], [6, 0], [4, 2], [-5, 0], [-6, 1], [4, 0], [-4, 2],
    ]
    let column = column(vectors, dimension: 2)
    var encoder = CodeEncoder(
      basis: CodeBasis(centre: [0, 0], isUnit: false), distance: .l2)
    for row in 0..<8 { column.withRow(row) { encoder.append($0) } }
    let all = Array(UInt32(0)..<8)
    let bytes = try section([all, all], encoder)
    let clusters = try ClusterColumn(ByteRegion(copying: bytes), rowCount: 8, dimension: 2)
    let coded = try CodedRows(column, &encoder)
    var search = CodeSearch(queries: [[5.5, 0.5]], count: 1, distance: .l2)
    let isReady = search.prepare(for: coded.codes)
    #expect(isReady)
    let isUsed = try await search.scan(clusters, coded.fine, rows: nil, part: 0, effort: 1)
    #expect(isUsed)
    #expect(Set(search.candidates()[0].map(\.row)).contains(2))
  }

  @Test("with a row that is not there, or of another version, is refused")
  func damage() throws {
    var encoder = CodeEncoder(
      basis: CodeBasis(centre: [0, 0], isUnit: false), distance: .l2)
    for vector: [Float] in [[1, 1], [2, 1]] {
      vector.withUnsafeBufferPointer { encoder.append($0) }
    }
    let right = try section([[0, 1], [0, 1]], encoder)
    #expect(throws: Never.self) {
      try ClusterColumn(ByteRegion(copying: right), rowCount: 2, dimension: 2)
    }
    let outside = try section([[0, 1], [0, 2]], encoder)
    #expect(throws: BinaryError.self) {
      try ClusterColumn(ByteRegion(copying: outside), rowCount: 2, dimension: 2)
    }
    for (place, value) in [(0, 4), (4, 0), (4, 3), (8, 3)] as [(Int, UInt8)] {
      var bytes = right
      bytes[place] = value
      #expect(throws: BinaryError.self) {
        try ClusterColumn(ByteRegion(copying: bytes), rowCount: 2, dimension: 2)
      }
    }
  }
}
