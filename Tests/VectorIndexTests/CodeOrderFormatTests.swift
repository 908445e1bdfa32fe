import Model
import Testing
import VectorIndex

@Suite("The section of an order of codes")
struct CodeOrderFormatTests {
  private let dimension = 64

  /// Written as docs/FORMAT.md says: the rows the other way round, and a block whose centre is zero.
  private func section(rows: [UInt32], version: UInt32 = 1, count: UInt32? = nil) -> [UInt8] {
    var writer = BinaryWriter()
    func pad() { while writer.count % 64 != 0 { writer.write(UInt8(0)) } }
    writer.write(version)
    writer.write(count ?? UInt32(rows.count))
    pad()
    for row in rows { writer.write(row) }
    pad()
    // The codes of 64 centres of width 64 take 512, and their factors 768.
    writer.write(raw: [UInt8](repeating: 0, count: 512 + 768))
    return writer.bytes
  }

  private func order(_ bytes: [UInt8], rowCount: Int) throws -> CodeOrder {
    try CodeOrder(ByteRegion(copying: bytes), rowCount: rowCount, dimension: dimension)
  }

  @Test("is read as docs/FORMAT.md has it")
  func reading() async throws {
    let samples = Samples()
    let vectors = column(samples.vectors(40, dimension: dimension), dimension: dimension)
    var encoder = CodeEncoder(
      basis: CodeBasis.fitting(vectors, distance: .l2), distance: .l2)
    for row in 0..<40 { vectors.withRow(row) { encoder.append($0) } }
    let rows = (0..<UInt32(40)).reversed().map { $0 }
    let coded = try CodedRows(vectors, &encoder, order: (rows, section(rows: rows)))
    #expect(coded.codes.order?.positions() == rows)
    for row in 0..<40 {
      let found = try await coded.nearest(
        to: [vectors[row]], count: 1, distance: .l2, deviations: 12)
      #expect(found[0].map(\.row) == [row])
    }
  }

  @Test(
    "of another version is not known; of another size or with rows that are not there it is refused"
  )
  func damage() throws {
    let rows: [UInt32] = [2, 0, 1]
    let right = section(rows: rows)
    #expect(throws: Never.self) { try order(right, rowCount: 3) }
    #expect(CodeOrder.isKnown(ByteRegion(copying: right)))
    #expect(!CodeOrder.isKnown(ByteRegion(copying: section(rows: rows, version: 2))))
    #expect(!CodeOrder.isKnown(ByteRegion(copying: [1, 0, 0])))
    for wrong in [
      section(rows: rows, version: 2), section(rows: [2, 0, 3]), section(rows: [.max, 0, 1]),
      section(rows: rows, count: 4), section(rows: rows, count: .max), right.dropLast(),
      right + [0], [], Array(right.prefix(64)),
    ] {
      #expect(throws: BinaryError.self) { try order(Array(wrong), rowCount: 3) }
    }
    for length in 0..<right.count {
      #expect(throws: BinaryError.self) { try order(Array(right.prefix(length)), rowCount: 3) }
    }
    // The same row twice.
    #expect(throws: BinaryError.self) { try order(section(rows: [2, 0, 2]), rowCount: 3) }
    #expect(throws: BinaryError.self) { try order(right, rowCount: 4) }
    #expect(throws: BinaryError.self) { try order(right, rowCount: 70) }
  }

  @Test("with any bytes behind the rows is searched, and never traps")
  func hostile() async throws {
    let samples = Samples("hostile order")
    let count = 300
    let vectors = column(samples.vectors(count, dimension: dimension), dimension: dimension)
    for round in 0..<100 {
      var encoder = CodeEncoder(
        basis: CodeBasis.fitting(vectors, distance: .l2), distance: .l2)
      for row in 0..<count { vectors.withRow(row) { encoder.append($0) } }
      let rows = (0..<count).map { UInt32(round % 2 == 0 ? $0 : count - 1 - $0) }
      var bytes = section(rows: rows)
      for index in bytes.indices.suffix(1_280) { bytes[index] = UInt8(samples.int(below: 256)) }
      let coded = try CodedRows(vectors, &encoder, order: (rows, bytes))
      var search = CodeSearch(
        queries: [samples.vector(dimension)], count: 5, distance: .l2, patience: 0.3)
      try await search.scan([coded.place()])
      #expect(search.candidates()[0].allSatisfy { $0.row < count })
    }
  }
}
